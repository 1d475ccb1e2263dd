/** Files and folders of a run. */
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DreamLIPError } from '../errors'

/** Makes the folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => refuse(path, error))
}

/** Names of the files in a folder, sorted; none where there is no folder. */
export async function listFiles(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => [])
  return names.sort()
}

export async function appendBytes(path: string, bytes: Uint8Array | string): Promise<void> {
  await appendFile(path, bytes).catch((error: unknown) => refuse(path, error))
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
  throw new DreamLIPError(
    'WRITE_FAILED',
    `${path}: could not be written: ${(error as Error).message}. Check that the folder exists and has room.`,
    { cause: error },
  )
}
