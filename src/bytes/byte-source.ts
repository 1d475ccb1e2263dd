/** One interface to bytes in a file, at a URL, in a Blob or in memory. */
import { DreamLIPError } from '../errors'

/** Bytes that can be read at any offset. Every format reader takes one and reads only the ranges that it needs. */
export interface ByteSource {
  /** A name for error messages: the path, the URL, or `buffer`. */
  readonly name: string
  /** Size of the whole in bytes. */
  readonly byteLength: number
  /** Differs between versions of a file; undefined if nothing distinguishes them. */
  readonly version?: string
  /** Bytes worth reading ahead, in parallel calls. Default: one call ahead. */
  readonly readAhead?: number
  /** Bytes read so far (for HTTP: received). */
  readonly bytesRead: number
  /**
   * Reads exactly `length` bytes from `offset`. The result may share memory with the source: do not write to it.
   * @throws DreamLIPError when the range exceeds the source, or the bytes cannot be read
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Releases the source's resources, such as a file handle. Reading afterwards is an error. */
  close(): Promise<void>
}

/** Node 20's limit on the size of an array. */
const largestRead = 2 ** 32

/** An error for a file that changed since it was opened. */
export function changedSince(name: string): DreamLIPError {
  return new DreamLIPError('DATA_CHANGED', `${name}: the file changed since it was opened. Open it again.`)
}

/** Refuses a range that is not entirely inside the source, before memory is allocated for it. */
export function checkRange(name: string, byteLength: number, offset: number, length: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!valid || offset + length > byteLength) {
    throw new DreamLIPError(
      'OUT_OF_RANGE',
      `${name}: bytes ${offset} to ${offset + length} are beyond its ${byteLength} bytes. The file was cut off or is damaged.`,
    )
  }
  if (length >= largestRead) {
    throw new DreamLIPError('OUT_OF_RANGE', `${name}: expected to read at most 4 GiB at once; got ${length} bytes.`)
  }
}

/** Bytes in memory as a source. Reading copies them, so that tensors never change with the buffer. */
export function bufferSource(bytes: ArrayBuffer | Uint8Array, name = 'buffer'): ByteSource {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  let bytesRead = 0
  return {
    name,
    byteLength: all.length,
    get bytesRead() {
      return bytesRead
    },
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(name, all.length, offset, length)
      bytesRead += length
      return new Uint8Array(all.subarray(offset, offset + length))
    },
    close: async () => undefined,
  }
}

/** A Blob or File as a source. Only the requested ranges are read from the disk. */
export function blobSource(blob: Blob): ByteSource {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'blob'
  let bytesRead = 0
  return {
    name,
    byteLength: blob.size,
    get bytesRead() {
      return bytesRead
    },
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(name, blob.size, offset, length)
      bytesRead += length
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
    close: async () => undefined,
  }
}
