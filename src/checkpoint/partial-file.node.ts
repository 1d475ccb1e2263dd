/** A download on its way: the bytes that are there, and what they are part of. */
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { DreamLIPError } from '../errors'

/** The file on the server that the bytes belong to. */
export interface Origin {
  readonly url: string
  /** Bytes of the whole; undefined where the server does not say. */
  readonly size?: number
  /** ETag or Last-Modified; bytes of another version are never joined. */
  readonly validator: string
}

/** `PATH.part` with its description `PATH.part.json`. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly length: number
  /** What they are part of, when that is known. */
  readonly origin: Origin | undefined
  /** Empties the file and notes what it will be part of. */
  start(origin: Origin): Promise<void>
  append(bytes: Uint8Array): Promise<void>
  /** Closes the file; it stays for another try. */
  close(): Promise<void>
  /** Removes everything. */
  discard(): Promise<void>
  /** Flushes to the disk and puts the file into its place. */
  finish(): Promise<void>
}

/** Opens what an earlier try left, or an empty file. */
export async function openPartialFile(path: string): Promise<PartialFile> {
  const part = `${path}.part`
  const description = `${part}.json`
  const file: FileHandle = await open(part, 'a')
  let origin = await readOrigin(description)
  let length = origin ? (await stat(part)).size : 0
  if (!origin) await file.truncate(0)
  return {
    get length() {
      return length
    },
    get origin() {
      return origin
    },
    async start(next) {
      await file.truncate(0)
      length = 0
      origin = next
      await writeFile(description, JSON.stringify(next))
    },
    async append(bytes) {
      await file.appendFile(bytes).catch((error: unknown) => {
        throw new DreamLIPError(
          'WRITE_FAILED',
          `${part}: could not be written: ${(error as Error).message}. Make room; the download continues where it stopped.`,
          { cause: error },
        )
      })
      length += bytes.length
    },
    close: () => file.close(),
    async discard() {
      await file.close()
      await Promise.all([rm(part, { force: true }), rm(description, { force: true })])
    },
    async finish() {
      await file.sync()
      await file.close()
      await rename(part, path)
      await rm(description, { force: true })
    },
  }
}

async function readOrigin(path: string): Promise<Origin | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<Origin> | null
    const valid = typeof value?.url === 'string' && typeof value.validator === 'string'
    return valid ? (value as Origin) : undefined
  } catch {
    return undefined
  }
}
