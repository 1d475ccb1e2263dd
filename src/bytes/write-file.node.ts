/** Writes a file so that it is either whole or not there. */
import { open, rename, rm } from 'node:fs/promises'
import { DreamLIPError } from '../errors'

/**
 * Writes chunks to a temporary file beside `path`, flushes it to the disk and renames it: a crash, a full disk or a second
 * writer never leaves a torn file, and what was there before stays until the new one is complete.
 * @throws DreamLIPError `WRITE_FAILED` naming the path; the signal's reason when aborted
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${process.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      for await (const chunk of chunks) {
        signal?.throwIfAborted()
        await file.writeFile(chunk)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    signal?.throwIfAborted()
    if (error instanceof DreamLIPError) throw error
    throw new DreamLIPError(
      'WRITE_FAILED',
      `${path}: could not be written: ${(error as Error).message}. Check that the folder exists and has room.`,
      { cause: error },
    )
  }
}
