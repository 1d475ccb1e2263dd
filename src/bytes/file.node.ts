/** Reads byte ranges of a file. */
import { open, type FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DreamLIPError } from '../errors'
import { checkRange, type ByteSource } from './byte-source'

/** Opens a path or `file:` URL. @throws DreamLIPError `SOURCE_UNREADABLE` when it is missing, a folder, or not readable */
export async function openFile(location: string | URL): Promise<ByteSource> {
  const name = String(location)
  const path = name.startsWith('file:') ? fileURLToPath(name) : name
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    throw unreadable(path, error)
  }
  const stats = await handle.stat()
  if (!stats.isFile()) {
    await handle.close()
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: expected a file; it is a folder or a device.`)
  }
  return fileSource(path, handle, stats.size)
}

function fileSource(name: string, handle: FileHandle, byteLength: number): ByteSource {
  let bytesRead = 0
  return {
    name,
    byteLength,
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
        if (result.bytesRead === 0)
          throw unreadable(name, new Error(`the file became shorter than ${byteLength} bytes`))
        done += result.bytesRead
      }
      bytesRead += length
      return bytes
    },
    close: () => handle.close(),
  }
}

function unreadable(path: string, cause: unknown): DreamLIPError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DreamLIPError('SOURCE_UNREADABLE', `${path}: could not be read: ${message}. Check the path.`, { cause })
}
