/** The file of a run's best model: a model like any other, whose metadata states why it is the best. */
import { exists } from '../../bytes/read/exists.node.ts'
import { readCheckpoint } from '../../checkpoint/read-checkpoint'
import type { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import type { BestModel } from './run-folder'

/** The entry in the metadata. */
const entry = 'best'

export async function saveBestModel(
  path: string,
  model: DreamLIP,
  { metric, value, step }: Omit<BestModel, 'path'>,
): Promise<BestModel> {
  await model.save(path, { metadata: { [entry]: JSON.stringify({ metric, value, step }) } })
  return { path, metric, value, step }
}

/**
 * @returns undefined if there is no such file
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file that no run wrote, or as `readCheckpoint` for a damaged one
 */
export async function readBestModel(path: string): Promise<BestModel | undefined> {
  if (!(await exists(path))) return undefined
  const { metadata, close } = await readCheckpoint(path)
  await close()
  const { metric, value, step } = parse(metadata[entry])
  if (typeof metric === 'string' && Number.isFinite(value) && Number.isSafeInteger(step)) {
    return { path, metric, value: value as number, step: step as number }
  }
  throw new DreamLIPError('CHECKPOINT_INVALID', `${path}: no run wrote this file. Rename it, or choose another folder.`)
}

function parse(text: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(text))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
