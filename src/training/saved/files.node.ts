/** Files and folders of a run. */
import { appendFile, readdir, readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder as lock } from '../../bytes/write/file-lock.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFailed } from '../../bytes/write/write-failed'

export { makeFolder }

/** Names of the files in a folder, sorted; none where there is no folder. */
export async function listFiles(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => [])
  return names.sort()
}

export async function appendBytes(path: string, bytes: Uint8Array | string): Promise<void> {
  await appendFile(path, bytes).catch((error: unknown) => refuse(path, error))
}

/** Undefined where there is no such file. @throws DreamLIPError `WRITE_FAILED` for one that cannot be read */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : refuse(path, error),
  )
}

/** Cuts a file off. */
export async function truncateFile(path: string, length: number): Promise<void> {
  await truncate(path, length).catch((error: unknown) => refuse(path, error))
}

export async function renameFile(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => refuse(from, error))
}

/**
 * Makes this process the only writer of a folder.
 * @returns gives the folder back
 * @throws DreamLIPError `IN_USE` naming the process that writes there; `WRITE_FAILED`
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder)
  return lock(folder)
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => refuse(path, error))
}

export const joinPath = join

/** Where a progress bar may be drawn. */
export const terminal: { readonly columns: number; write(text: string): void } | undefined = process.stderr.isTTY
  ? process.stderr
  : undefined

function refuse(path: string, error: unknown): never {
  throw writeFailed(path, error)
}
