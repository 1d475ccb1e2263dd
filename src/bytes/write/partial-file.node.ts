/** An unfinished download: the bytes so far, and which file they belong to. */
import { open, stat, writeFile } from 'node:fs/promises'
import { writeFailed } from './write-failed'
import { readTextFile } from '../read/file.node.ts'
import { removePatiently, renamePatiently } from './until-free.node.ts'

/** The file on the server. */
export interface Origin {
  /** A hash of its address, which may contain secrets. */
  readonly id: string
  /** Size in bytes; undefined if the server does not send it. */
  readonly size?: number
  /** ETag or Last-Modified, or empty. Bytes of different versions are never joined. */
  readonly validator: string
}

/** `PATH.part` with its description `PATH.part.json`. */
export interface PartialFile {
  /** The path of the bytes. */
  readonly path: string
  /** Number of bytes so far. */
  readonly length: number
  /** The file that they belong to, if known. */
  readonly origin: Origin | undefined
  /** Empties the file and records which file its bytes will belong to. */
  start(origin: Origin): Promise<void>
  append(bytes: Uint8Array): Promise<void>
  /** Closes the file and keeps its bytes for the next attempt. */
  close(): Promise<void>
  /** Closes and removes everything. */
  discard(): Promise<void>
  /** Flushes and closes the file, and moves it to its final path. */
  finish(): Promise<void>
}

/**
 * Opens the unfinished download of the file at `path`, or an empty file.
 * @throws DreamLIPError `WRITE_FAILED`, as its methods do
 */
export async function openPartialFile(path: string): Promise<PartialFile> {
  const part = `${path}.part`
  const description = `${part}.json`
  const file = await written(part, open(part, 'a'))
  let origin = await readOrigin(description)
  let length = origin ? (await stat(part)).size : 0
  if (!origin) await written(part, file.truncate(0))
  return {
    path: part,
    get length() {
      return length
    },
    get origin() {
      return origin
    },
    async start(next) {
      await written(part, file.truncate(0))
      length = 0
      origin = next
      await written(description, writeFile(description, JSON.stringify(next)))
    },
    async append(bytes) {
      await written(part, file.appendFile(bytes))
      length += bytes.length
    },
    close: () => file.close(),
    async discard() {
      await file.close()
      await Promise.all([removePatiently(part), removePatiently(description)])
    },
    async finish() {
      await written(part, file.sync())
      await file.close()
      await written(path, renamePatiently(part, path))
      await removePatiently(description)
    },
  }
}

async function written<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw writeFailed(
      path,
      cause,
      'Check the folder and its free space; the next download continues where this one stopped.',
    )
  })
}

/** An invalid description is ignored. */
async function readOrigin(path: string): Promise<Origin | undefined> {
  try {
    const { id, size, validator } = JSON.parse(await readTextFile(path, 10_000)) as Partial<Origin>
    const valid =
      typeof id === 'string' && typeof validator === 'string' && (size === undefined || Number.isSafeInteger(size))
    return valid ? { id, size, validator } : undefined
  } catch {
    return undefined
  }
}
