/** An index's `images.json`: the model and the folder of its vectors. Replacing the file changes both at once. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { writeFileAtomically } from '../../../bytes/write/write-file.node.ts'
import { DreamLIPError } from '../../../errors'

export const descriptionName = 'images.json'
const format = 'dreamlip-images'
const version = 1

/** The model of an index. */
export interface IndexModel {
  /** Its name in messages. */
  readonly name: string
  /** `model.fingerprint()`: models with the same fingerprint make comparable vectors. */
  readonly fingerprint: string
}

export interface IndexDescription {
  readonly model: IndexModel
  /** The name of the folder with the vectors. */
  readonly vectors: string
}

/**
 * Reads the description of the index in a folder; undefined if the folder is empty or does not exist.
 * @throws DreamLIPError `INDEX_INVALID` for a folder with other contents, a damaged file, or a file from a later version
 */
export async function readDescription(folder: string): Promise<IndexDescription | undefined> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw invalid(folder, `the folder could not be read: ${error.message}`)
  })
  if (names.includes(descriptionName)) {
    const path = join(folder, descriptionName)
    return parseDescription(path, await readTextFile(path, 1e6))
  }
  if (names.every((name) => /^dreamlip\.lock|^dreamlip-server\.json|^images\.json\.|^vectors-/.test(name)))
    return undefined
  throw invalid(folder, `expected the folder of an index, or an empty one; it contains '${names[0]!.slice(0, 100)}'`)
}

/** @param file its name, for messages @throws DreamLIPError `INDEX_INVALID` */
export function parseDescription(file: string, text: string): IndexDescription {
  const json = parse(text)
  if (!isObject(json) || json.format !== format) throw invalid(file, 'it is not the description of an index of images')
  if (json.version !== version) {
    const found = `expected version ${version} of the format; got ${String(JSON.stringify(json.version)).slice(0, 40)}`
    throw invalid(file, `${found}: a later dreamlip wrote it. Update dreamlip, or choose another folder`)
  }
  const { model, vectors } = json
  if (!isObject(model) || typeof model.name !== 'string' || typeof model.fingerprint !== 'string') {
    throw invalid(file, 'it names no model')
  }
  if (typeof vectors !== 'string' || !/^vectors-[\w-]+$/.test(vectors)) throw invalid(file, 'it names no vectors')
  return { model: { name: model.name, fingerprint: model.fingerprint }, vectors }
}

/** @throws DreamLIPError `WRITE_FAILED` */
export async function writeDescription(folder: string, { model, vectors }: IndexDescription): Promise<void> {
  const text = `${JSON.stringify({ format, version, model, vectors })}\n`
  await writeFileAtomically(join(folder, descriptionName), [new TextEncoder().encode(text)])
}

/** The folder for a model's vectors. It depends only on the model, so an interrupted run can resume. */
export function vectorsFolder({ fingerprint }: IndexModel): string {
  return `vectors-${fingerprint.slice(0, 16)}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(file: string, problem: string): DreamLIPError {
  return new DreamLIPError('INDEX_INVALID', `${file}: ${problem}.`)
}
