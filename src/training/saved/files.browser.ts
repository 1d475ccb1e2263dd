/** Browsers have no folders: a run there keeps its weights in memory and tells of its steps by `onStep`. */
import { DreamLIPError } from '../../errors'

export async function makeFolder(path: string): Promise<void> {
  refuse(path)
}

export async function listFiles(_path: string): Promise<string[]> {
  return []
}

export async function appendBytes(path: string, _bytes: Uint8Array | string): Promise<void> {
  refuse(path)
}

export async function readBytes(_path: string): Promise<Uint8Array | undefined> {
  return undefined
}

export async function truncateFile(path: string, _length: number): Promise<void> {
  refuse(path)
}

export async function renameFile(from: string, _to: string): Promise<void> {
  refuse(from)
}

export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  return refuse(folder)
}

export async function removeFile(path: string): Promise<void> {
  refuse(path)
}

export const joinPath = (...parts: readonly string[]) => parts.join('/')

export const terminal: { readonly columns: number; write(text: string): void } | undefined = undefined

function refuse(path: string): never {
  throw new DreamLIPError(
    'WRITE_FAILED',
    `${path}: a browser cannot write to a path. Leave out the folder, and take the weights by model.toBlob().`,
  )
}
