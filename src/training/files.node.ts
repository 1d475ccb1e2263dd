/** Files and folders of a run. */
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DreamLIPError } from '../errors'

/** Makes the folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => refuse(path, error))
}

/** Names of the files in a folder, sorted; none where there is no folder. @param deep also those of folders in it, by their paths */
export async function listFiles(path: string, deep = false): Promise<string[]> {
  const names = await readdir(path, { recursive: deep }).catch(() => [])
  return names.sort()
}

/** The text of a file. @throws DreamLIPError `SOURCE_UNREADABLE` */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: could not be read: ${(error as Error).message}.`, {
      cause: error,
    })
  })
}

export async function appendBytes(path: string, bytes: Uint8Array | string): Promise<void> {
  await appendFile(path, bytes).catch((error: unknown) => refuse(path, error))
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
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
