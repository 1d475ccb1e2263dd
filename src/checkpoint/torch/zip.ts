/**
 * Reads the directory and the entries of a zip archive, strictly and lazily. Libraries (zip.js, fflate, unzipit) accept
 * archives whose records contradict each other; a checkpoint from a stranger must not mean two things to two readers.
 */
import { crc32 } from '#crc32'
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../../bytes/byte-source'
import { findDirectory } from './zip-directory-record'

/** One file of an archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  readonly headerOffset: number
  /** Where the next entry or the directory begins: the entry's data must end before. */
  readonly limit: number
}

/** An archive's entries by name. */
export type ZipDirectory = ReadonlyMap<string, ZipEntry>

const centralHeaderSize = 46
const localHeaderSize = 30
/** Room for a local header's extra field: PyTorch pads with it to 64 bytes, and puts sizes there beyond 4 GiB. */
const usualExtra = 128
/** Weights hardly shrink: an entry that inflates to more than this, and a lot, is an attack on memory. */
const largestInflated = 256 * 1024 * 1024
const largestGrowth = 32

/** Reads the central directory. @throws DreamLIPError `ZIP_INVALID` with the byte offset or entry that is wrong */
export async function readZipDirectory(source: ByteSource, signal?: AbortSignal): Promise<ZipDirectory> {
  const { offset, size, count } = await findDirectory(source, signal)
  const bytes = await source.read(offset, size, signal)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const entries: ZipEntry[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const { entry, length } = parseCentralHeader(source.name, bytes, view, at, offset)
    entries.push(entry)
    at += length
  }
  if (at !== size) {
    fail(source.name, `the directory's ${count} entries take ${at} bytes; its end record says ${size}`)
  }
  return withLimits(source.name, entries, offset)
}

function parseCentralHeader(
  file: string,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directoryOffset: number,
): { entry: ZipEntry; length: number } {
  const where = `directory entry at byte ${directoryOffset + at}`
  if (at + centralHeaderSize > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
    fail(file, `expected a ${where}; the directory holds fewer entries than it says`)
  }
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const length = centralHeaderSize + nameLength + extraLength + view.getUint16(at + 32, true)
  if (at + length > bytes.length) fail(file, `the ${where} reaches beyond the directory`)
  const nameBytes = bytes.subarray(at + centralHeaderSize, at + centralHeaderSize + nameLength)
  const name = checkName(file, decodeName(file, nameBytes), where)
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  if (flags & 0x2041) fail(file, `entry '${name}' is encrypted`)
  if (method !== 0 && method !== 8)
    fail(file, `entry '${name}' uses compression method ${method}; only 0 and 8 are read`)
  const extraAt = at + centralHeaderSize + nameLength
  const [size, compressedSize, headerOffset, disk] = resolveZip64(file, name, view, extraAt, extraLength, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
    view.getUint16(at + 34, true),
  ])
  if (disk !== 0) fail(file, `entry '${name}' lies on disk ${disk}; archives of several files are not read`)
  if (method === 0 && size !== compressedSize) {
    fail(file, `entry '${name}' is stored but has two sizes, ${size} and ${compressedSize}`)
  }
  const entry = { name, method, crc: view.getUint32(at + 16, true), compressedSize, size, headerOffset, limit: 0 }
  return { entry, length }
}

/** Sizes and offsets that do not fit 32 bits stand in the extra field with id 1, in this order. */
function resolveZip64(
  file: string,
  name: string,
  view: DataView,
  start: number,
  length: number,
  values: [number, number, number, number],
): [number, number, number, number] {
  const end = start + length
  let seen = false
  for (let at = start; at < end;) {
    const fieldEnd = at + 4 <= end ? at + 4 + view.getUint16(at + 2, true) : Infinity
    if (fieldEnd > end) fail(file, `entry '${name}' has a malformed extra field`)
    if (view.getUint16(at, true) === 1) {
      if (seen) fail(file, `entry '${name}' has two zip64 fields`)
      seen = true
      values = readZip64Field(file, name, view, at + 4, fieldEnd, values)
    }
    at = fieldEnd
  }
  if (values.slice(0, 3).includes(0xffffffff) && !seen) fail(file, `entry '${name}' lacks the zip64 field it refers to`)
  return values
}

function readZip64Field(
  file: string,
  name: string,
  view: DataView,
  at: number,
  end: number,
  values: [number, number, number, number],
): [number, number, number, number] {
  const resolved = values.map((value, i) => {
    const size = i === 3 ? 4 : 8
    if (value !== (i === 3 ? 0xffff : 0xffffffff)) return value
    if (at + size > end) fail(file, `entry '${name}' has a zip64 field that is too short`)
    const wide = size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
    at += size
    if (!Number.isSafeInteger(wide)) fail(file, `entry '${name}' has a size or offset beyond 2^53`)
    return wide
  })
  return resolved as [number, number, number, number]
}

function decodeName(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail(file, 'an entry name is not valid UTF-8')
  }
}

function checkName(file: string, name: string, where: string): string {
  const unsafe = name === '' || name.startsWith('/') || /[\\\0]/.test(name) || name.split('/').includes('..')
  if (unsafe) fail(file, `the ${where} has the unsafe name ${JSON.stringify(name)}`)
  return name
}

/** Orders entries by place, and refuses duplicates, overlaps and bytes that belong to nobody at the front. */
function withLimits(file: string, entries: readonly ZipEntry[], directoryOffset: number): ZipDirectory {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset)
  if (sorted.length > 0 && sorted[0]!.headerOffset !== 0) {
    fail(file, `${sorted[0]!.headerOffset} bytes stand before the first entry`)
  }
  const directory = new Map<string, ZipEntry>()
  sorted.forEach((entry, i) => {
    const limit = sorted[i + 1]?.headerOffset ?? directoryOffset
    const minimalEnd = entry.headerOffset + localHeaderSize + entry.compressedSize
    if (minimalEnd > limit) fail(file, `entry '${entry.name}' overlaps what follows it at byte ${limit}`)
    if (directory.has(entry.name)) fail(file, `two entries have the name '${entry.name}'`)
    directory.set(entry.name, { ...entry, limit })
  })
  return directory
}

/**
 * Reads a range of a stored entry's data, or a whole entry (whose CRC is then checked).
 * @returns `length` bytes from `from` of the entry's contents, in memory that nothing else uses
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

/** One read brings the local header and the data: PyTorch aligns data to 64 bytes, so the view of it is aligned too. */
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

/** @returns where the entry's data starts in the file */
function checkLocalHeader(file: string, entry: ZipEntry, header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  if (header.length < localHeaderSize || view.getUint32(0, true) !== 0x04034b50) {
    fail(file, `entry '${entry.name}' has no local header at byte ${entry.headerOffset}`)
  }
  const nameLength = view.getUint16(26, true)
  const name = decodeName(file, header.subarray(localHeaderSize, localHeaderSize + nameLength))
  const method = view.getUint16(8, true)
  if (name !== entry.name || method !== entry.method) {
    fail(file, `entry '${entry.name}' is called '${name}' (method ${method}) in its local header`)
  }
  const data = entry.headerOffset + localHeaderSize + nameLength + view.getUint16(28, true)
  if (data + entry.compressedSize > entry.limit) fail(file, `entry '${entry.name}' reaches beyond byte ${entry.limit}`)
  return data
}

async function inflate(source: ByteSource, entry: ZipEntry, signal?: AbortSignal): Promise<Uint8Array> {
  // Deflate cannot shrink data by more than a factor of 1,032: a larger claim is a lie, refused before memory is taken.
  const growth = entry.size > largestInflated ? largestGrowth : 1032
  if (entry.size > entry.compressedSize * growth + 64) {
    fail(source.name, `entry '${entry.name}' claims ${entry.size} bytes from ${entry.compressedSize} deflated ones`)
  }
  const compressed = await readStored(source, entry, 0, entry.compressedSize, signal)
  const contents = new Uint8Array(entry.size)
  let filled = 0
  const stream = new Blob([compressed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = stream.getReader()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) break
      if (filled + value.length > entry.size) throw new RangeError(`more than the ${entry.size} bytes that it claims`)
      contents.set(value, filled)
      filled += value.length
    }
    if (filled !== entry.size) throw new RangeError(`${filled} bytes, not the ${entry.size} that it claims`)
  } catch (error) {
    signal?.throwIfAborted()
    fail(source.name, `entry '${entry.name}' does not inflate: ${(error as Error).message}`)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  checkCRC(source.name, entry, contents)
  return contents
}

function checkCRC(file: string, entry: ZipEntry, contents: Uint8Array): void {
  // PyTorch writes 0 where it was told not to compute CRCs.
  if (entry.crc === 0) return
  const actual = crc32(contents)
  if (actual !== entry.crc) {
    const [expected, got] = [entry.crc, actual].map((crc) => crc.toString(16).padStart(8, '0'))
    fail(file, `entry '${entry.name}' is damaged: its CRC is ${got}, the directory says ${expected}`)
  }
}

function fail(file: string, problem: string): never {
  throw new DreamLIPError('ZIP_INVALID', `${file}: ${problem}. The archive is damaged or forged; get it again.`)
}
