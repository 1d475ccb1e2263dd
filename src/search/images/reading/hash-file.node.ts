/** Content digests, which identify moved and duplicate pictures. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { unreadable } from '../../../bytes/read/regular-file.node.ts'
import { streamBytes } from '../../../bytes/read/stream-bytes.node.ts'
import type { FileState } from '../listing/found'
import { stateOf } from '../listing/walk-folder.node.ts'

/** SHA-256 as hexadecimal digits. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A file's digest, and its state while it was read. */
export interface HashedFile extends FileState {
  readonly hash: string
}

/** @throws DreamLIPError `SOURCE_UNREADABLE`, also if the file changes while it is read; the signal's reason */
export async function hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
  const before = await stat(path).then(stateOf, (error: unknown) => {
    throw unreadable(path, error)
  })
  const hash = createHash('sha256')
  for await (const chunk of streamBytes(path, 0, signal)) hash.update(chunk)
  return { ...before, hash: hash.digest('hex') }
}
