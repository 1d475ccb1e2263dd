/** Files and folders of a run on disk; failures are `WRITE_FAILED`. */
import { appendFile, readdir, readFile, stat, truncate } from 'node:fs/promises'
import { removePatiently, renamePatiently } from '../../bytes/write/until-free.node.ts'
import { writeFailed } from '../../bytes/write/write-failed'

/** Names of the files in a folder, sorted; empty if there is no folder. */
export async function listFiles(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => [])
  return names.sort()
}

export async function appendBytes(path: string, bytes: Uint8Array | string): Promise<void> {
  await appendFile(path, bytes).catch((error: unknown) => refuse(path, error))
}

/** @returns undefined if there is no such file */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : refuse(path, error),
  )
}

/** The size of a file in bytes; 0 if there is no such file. */
export async function fileSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/** Shortens a file to `length` bytes. */
export async function truncateFile(path: string, length: number): Promise<void> {
  await truncate(path, length).catch((error: unknown) => refuse(path, error))
}

export async function renameFile(from: string, to: string): Promise<void> {
  await renamePatiently(from, to).catch((error: unknown) => refuse(from, error))
}

/** Removing a file that does not exist is not an error. */
export async function removeFile(path: string): Promise<void> {
  await removePatiently(path).catch((error: unknown) => refuse(path, error))
}

function refuse(path: string, error: unknown): never {
  throw writeFailed(path, error)
}
