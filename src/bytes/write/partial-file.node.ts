/** A download on its way: the bytes that are there, and what they are part of. */
import { open, rm, stat, writeFile } from 'node:fs/promises'
import { writeFailed } from './write-failed'
import { readTextFile } from '../read/file.node.ts'
import { renamePatiently } from './write-file.node.ts'

/** The file on the server that the bytes belong to. */
export interface Origin {
  /** A hash of its address, which may hold secrets. */
  readonly id: string
  /** Bytes of the whole; undefined where the server does not say. */
  readonly size?: number
  /** ETag or Last-Modified, or empty; bytes of another version are never joined. */
  readonly validator: string
}

/** `PATH.part` with its description `PATH.part.json`. */
export interface PartialFile {
  /** Where the bytes are. */
  readonly path: string
  /** Bytes that are there. */
  readonly length: number
  /** What they are part of, when that is known. */
  readonly origin: Origin | undefined
  /** Empties the file and notes what it will be part of. */
  start(origin: Origin): Promise<void>
  append(bytes: Uint8Array): Promise<void>
  /** Closes the file; what is there stays for another try. */
  close(): Promise<void>
  /** Closes and removes everything. */
  discard(): Promise<void>
  /** Flushes to the disk, closes the file and puts it into its place. */
  finish(): Promise<void>
}

/**
 * Opens what an earlier try left of the file at `path`, or an empty file.
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
      await Promise.all([rm(part, { force: true }), rm(description, { force: true })])
    },
    async finish() {
      await written(part, file.sync())
      await file.close()
      await written(path, renamePatiently(part, path))
      await rm(description, { force: true })
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

/** A description that does not say what it should is none. */
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
