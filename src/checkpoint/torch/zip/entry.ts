/** Reads the contents of a zip archive's entries. */
import { crc32 } from '#crc32'
import type { ByteSource } from '../../../bytes/byte-source'
import { chunksOf } from '../../../bytes/chunks'
import type { ZipEntry } from './directory'
import { decodeName, invalidZip, localHeaderSize } from './format'

/** Room for a local header's extra field: PyTorch pads to 64 bytes with it, and stores sizes beyond 4 GiB in it. */
const usualExtra = 128
/** Weights hardly compress: an entry that inflates to more than this by a large factor is an attack on memory. */
const largestInflated = 256 * 1024 * 1024
const largestGrowth = 32

/**
 * Reads a range of a stored entry, or a whole entry, whose CRC is then checked.
 * @returns `length` bytes of the entry's contents from offset `from`, in memory of their own
 */
export async function readZipEntry(
  source: ByteSource,
  entry: ZipEntry,
  signal?: AbortSignal,
  from = 0,
  length = entry.size,
): Promise<Uint8Array> {
  const contents = entry.method === 8 ? await inflate(source, entry, signal) : undefined
  if (contents) return contents.subarray(from, from + length)
  const bytes = await readStored(source, entry, from, length, signal)
  if (length === entry.size) checkCRC(source.name, entry, bytes)
  return bytes
}

/** Reads the local header and the data at once. PyTorch aligns data to 64 bytes, so the view of it is aligned too. */
async function readStored(
  source: ByteSource,
  entry: ZipEntry,
  from: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const nameLength = new TextEncoder().encode(entry.name).length
  if (from > 1 << 16) {
    const header = await source.read(entry.headerOffset, localHeaderSize + nameLength, signal)
    return source.read(checkLocalHeader(source.name, entry, header) + from, length, signal)
  }
  const start = entry.headerOffset - (entry.headerOffset % 8)
  const skipped = entry.headerOffset - start
  const guess = Math.min(entry.headerOffset + localHeaderSize + nameLength + usualExtra + from + length, entry.limit)
  const window = await source.read(start, guess - start, signal)
  const data = checkLocalHeader(source.name, entry, window.subarray(skipped)) + from
  if (data + length <= guess) return window.subarray(data - start, data - start + length)
  const there = window.subarray(data - start)
  const bytes = new Uint8Array(length)
  bytes.set(there)
  bytes.set(await source.read(data + there.length, length - there.length, signal), there.length)
  return bytes
}

/** @returns the offset of the entry's data in the file */
function checkLocalHeader(file: string, entry: ZipEntry, header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  if (header.length < localHeaderSize || view.getUint32(0, true) !== 0x04034b50) {
    invalidZip(file, `entry '${entry.name}' has no local header at byte ${entry.headerOffset}`)
  }
  const nameLength = view.getUint16(26, true)
  const name = decodeName(file, header.subarray(localHeaderSize, localHeaderSize + nameLength))
  const method = view.getUint16(8, true)
  if (name !== entry.name || method !== entry.method) {
    invalidZip(file, `entry '${entry.name}' is called '${name}' (method ${method}) in its local header`)
  }
  const data = entry.headerOffset + localHeaderSize + nameLength + view.getUint16(28, true)
  if (data + entry.compressedSize > entry.limit)
    invalidZip(file, `entry '${entry.name}' extends beyond byte ${entry.limit}`)
  return data
}

async function inflate(source: ByteSource, entry: ZipEntry, signal?: AbortSignal): Promise<Uint8Array> {
  // Deflate cannot shrink data by more than a factor of 1,032: larger claims are false, and refused before memory is allocated.
  const growth = entry.size > largestInflated ? largestGrowth : 1032
  if (entry.size > entry.compressedSize * growth + 64) {
    invalidZip(
      source.name,
      `entry '${entry.name}' claims ${entry.size} bytes from ${entry.compressedSize} deflated ones`,
    )
  }
  const compressed = await readStored(source, entry, 0, entry.compressedSize, signal)
  const contents = new Uint8Array(entry.size)
  let filled = 0
  const stream = new Blob([compressed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
  try {
    for await (const chunk of chunksOf(stream)) {
      signal?.throwIfAborted()
      if (filled + chunk.length > entry.size) throw new RangeError(`more than the ${entry.size} bytes that it claims`)
      contents.set(chunk, filled)
      filled += chunk.length
    }
    if (filled !== entry.size) throw new RangeError(`${filled} bytes, not the ${entry.size} that it claims`)
  } catch (error) {
    signal?.throwIfAborted()
    invalidZip(source.name, `entry '${entry.name}' cannot be decompressed: ${(error as Error).message}`)
  }
  checkCRC(source.name, entry, contents)
  return contents
}

function checkCRC(file: string, entry: ZipEntry, contents: Uint8Array): void {
  // PyTorch writes 0 if CRCs are turned off.
  if (entry.crc === 0) return
  const actual = crc32(contents)
  if (actual !== entry.crc) {
    const [expected, got] = [entry.crc, actual].map((crc) => crc.toString(16).padStart(8, '0'))
    invalidZip(file, `entry '${entry.name}' is damaged: its CRC is ${got}, the directory says ${expected}`)
  }
}
