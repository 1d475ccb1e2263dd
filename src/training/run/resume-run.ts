/** Goes on from the newest checkpoint of a folder that is whole. */
import { DreamLIPError } from '../../errors'
import { listCheckpoints, setAside, type CheckpointFile } from '../saved/checkpoint-folder'
import type { RunProgress } from '../saved/checkpoint-state'
import type { FitOptions } from '../fit-options'
import { restoreRun } from '../saved/restore-run'
import type { Run } from './start-run'
import type { TrainerPlan } from '../trainer-options'

/** Where a run goes on. */
export interface ResumedRun {
  readonly progress: RunProgress
  /** The checkpoint's path. */
  readonly checkpoint: string
}

interface Refusal {
  readonly file: CheckpointFile
  readonly error: DreamLIPError
}

/**
 * Puts the newest usable checkpoint into the run's tensors. Damaged ones after it are told of and set aside.
 * @returns undefined where there is no checkpoint
 * @throws DreamLIPError `CHECKPOINT_INVALID` when none is usable; `DATA_CHANGED` as `restoreRun`
 */
export async function resumeRun(
  { folder, emaDecay }: TrainerPlan,
  { tensors, identity }: Run,
  { onWarning }: FitOptions,
): Promise<ResumedRun | undefined> {
  const refusals: Refusal[] = []
  for (const file of folder === undefined ? [] : (await listCheckpoints(folder)).reverse()) {
    try {
      const progress = await restoreRun(file.path, tensors, identity, emaDecay !== null, file.step)
      for (const refusal of refusals) onWarning?.(await tellOf(refusal, file))
      return { progress, checkpoint: file.path }
    } catch (error) {
      if (!(error instanceof DreamLIPError) || error.code === 'DATA_CHANGED') throw error
      refusals.push({ file, error })
    }
  }
  if (refusals.length > 0) throw noneUsable(refusals)
  return undefined
}

async function tellOf({ file, error }: Refusal, instead: CheckpointFile): Promise<string> {
  const aside = await setAside(file).then(
    (name) => ` and is kept as ${name}`,
    () => '',
  )
  return `${file.path} cannot be used${aside}; the run goes on from ${instead.name}: ${error.message}`
}

/** Names the first few. */
function noneUsable(refusals: readonly Refusal[]): DreamLIPError {
  const reasons = refusals.slice(0, 3).map(({ error }) => error.message)
  const more = refusals.length > 3 ? ` (and ${refusals.length - 3} more)` : ''
  return new DreamLIPError(
    'CHECKPOINT_INVALID',
    `${refusals.length === 1 ? 'the only checkpoint' : `none of ${refusals.length} checkpoints`} can be used: ` +
      `${reasons.join(' ')}${more} Put a whole one there, or begin a new run in another folder.`,
    { cause: refusals[0]!.error },
  )
}
