/** Reads files: as byte sources, as a whole, or chunk by chunk. */
import { sameVersion, versionText, type Version } from '../version'
import { isMainThread } from 'node:worker_threads'
import { fstatSync, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { DreamLIPError } from '../../errors'
import { changedSince, checkRange, type ByteSource } from '../byte-source'
import { TooLarge } from '../too-large'
import { openRegularFile, pathOf, readRegularFile, readRegularFileSync, unreadable } from './regular-file.node.ts'

const chunkBytes = 1 << 18

/** Enough for the system's threads to go on reading while this thread is busy. */
const bytesAhead = 128 * 1024 * 1024

/** Reading text takes four times its size in memory. */
const largestText = 1 << 27

/** Opens a path or `file:` URL. @throws DreamLIPError `SOURCE_UNREADABLE` when it is missing, not a file, or not readable */
export async function openFile(location: string | URL): Promise<ByteSource> {
  const name = pathOf(location)
  const { handle, stats } = await openRegularFile(name)
  const byteLength = stats.size
  let bytesRead = 0
  const source: ByteSource = {
    name,
    byteLength,
    readAhead: bytesAhead,
    version: versionText(versionOf(stats)),
    get bytesRead() {
      return bytesRead
    },
    async read(offset, length, signal) {
      checkRange(name, byteLength, offset, length)
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length;) {
        signal?.throwIfAborted()
        const result = await handle.read(bytes, done, length - done, offset + done).catch((error: unknown) => {
          throw unreadable(name, error)
        })
        if (result.bytesRead === 0) throw changedSince(name)
        done += result.bytesRead
      }
      // This blocks for microseconds; waiting for another thread would take longer.
      if (!sameVersion(versionOf(stats), versionOf(fstatSync(handle.fd)))) throw changedSince(name)
      bytesRead += length
      return bytes
    },
    close() {
      openFiles.unregister(source)
      return handle.close()
    },
  }
  openFiles.register(source, handle, source)
  return source
}

/** Closes files whose sources are unreachable, such as that of a model never disposed. Otherwise Node prints a warning. */
const openFiles = new FinalizationRegistry<FileHandle>((handle) => void handle.close().catch(() => undefined))

/** The whole file. @throws DreamLIPError `SOURCE_UNREADABLE`, also for more than `limit` bytes */
export async function readFileBytes(location: string | URL, limit: number): Promise<Uint8Array> {
  const path = pathOf(location)
  // Worker threads that only prepare images may block: reading then takes a fifth of the time.
  return isMainThread ? readRegularFile(path, limit) : readRegularFileSync(path, limit)
}

/** The text of a whole file, which is UTF-8. @throws DreamLIPError `SOURCE_UNREADABLE`, also for more than `limit` bytes */
export async function readTextFile(path: string, limit = largestText): Promise<string> {
  try {
    return new TextDecoder().decode(await readRegularFile(path, limit))
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: expected at most ${limit} bytes; it has more.`)
  }
}

/** Size and version of a file. @throws DreamLIPError `SOURCE_UNREADABLE` */
export async function describeFile(location: string | URL): Promise<Version> {
  const { handle, stats } = await openRegularFile(pathOf(location))
  await handle.close()
  return versionOf(stats)
}

function versionOf({ size, mtime }: Stats): Version {
  return { size, validator: mtime.toISOString() }
}

/**
 * Chunks of the file from a byte offset on.
 * @param expected the version of the file that the caller knows
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_CHANGED`; the signal's reason when aborted
 */
export async function* streamFile(
  location: string | URL,
  from: number,
  signal?: AbortSignal,
  expected?: Version,
): AsyncGenerator<Uint8Array> {
  const path = pathOf(location)
  const { handle, stats } = await openRegularFile(path)
  try {
    if (expected && !sameVersion(expected, versionOf(stats))) throw changedSince(path)
    for (let at = from; ;) {
      signal?.throwIfAborted()
      const chunk = new Uint8Array(chunkBytes)
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, at)
      if (bytesRead === 0) {
        // Some system files report a size of 0.
        if (stats.size > 0 && !sameVersion(versionOf(stats), versionOf(await handle.stat()))) throw changedSince(path)
        return
      }
      at += bytesRead
      yield bytesRead < chunkBytes ? chunk.subarray(0, bytesRead) : chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw unreadable(path, error)
  } finally {
    await handle.close()
  }
}
