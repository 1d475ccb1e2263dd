/**
 * Reads the directory of a zip archive, strictly. Libraries (zip.js, fflate, unzipit) accept archives whose records contradict each
 * other. An untrusted checkpoint must not mean different things to different readers.
 */
import type { ByteSource } from '../../../bytes/byte-source'
import { findDirectory } from './directory-end'
import { decodeName, invalidZip, localHeaderSize } from './format'

/** One file of an archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  readonly headerOffset: number
  /** The start of the next entry or of the directory: the entry's data must end before it. */
  readonly limit: number
}

/** An archive's entries by name. */
export type ZipDirectory = ReadonlyMap<string, ZipEntry>

const centralHeaderSize = 46

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
    invalidZip(source.name, `the ${count} entries of its directory take ${at} bytes; its end record says ${size}`)
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
    invalidZip(file, `expected a ${where}; the directory has fewer entries than it claims`)
  }
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const length = centralHeaderSize + nameLength + extraLength + view.getUint16(at + 32, true)
  if (at + length > bytes.length) invalidZip(file, `the ${where} extends beyond the directory`)
  const nameBytes = bytes.subarray(at + centralHeaderSize, at + centralHeaderSize + nameLength)
  const name = checkName(file, decodeName(file, nameBytes), where)
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  if (flags & 0x2041) invalidZip(file, `entry '${name}' is encrypted`)
  if (method !== 0 && method !== 8)
    invalidZip(file, `entry '${name}' uses compression method ${method}; only 0 and 8 are supported`)
  const extraAt = at + centralHeaderSize + nameLength
  const [size, compressedSize, headerOffset, disk] = resolveZip64(file, name, view, extraAt, extraLength, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
    view.getUint16(at + 34, true),
  ])
  if (disk !== 0) invalidZip(file, `entry '${name}' is on disk ${disk}; archives of several files are not supported`)
  if (method === 0 && size !== compressedSize) {
    invalidZip(file, `entry '${name}' is stored but has two sizes, ${size} and ${compressedSize}`)
  }
  const entry = { name, method, crc: view.getUint32(at + 16, true), compressedSize, size, headerOffset, limit: 0 }
  return { entry, length }
}

/** Sizes and offsets beyond 32 bits are in the extra field with id 1, in this order. */
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
    if (fieldEnd > end) invalidZip(file, `entry '${name}' has a malformed extra field`)
    if (view.getUint16(at, true) === 1) {
      if (seen) invalidZip(file, `entry '${name}' has two zip64 fields`)
      seen = true
      values = readZip64Field(file, name, view, at + 4, fieldEnd, values)
    }
    at = fieldEnd
  }
  if (values.slice(0, 3).includes(0xffffffff) && !seen)
    invalidZip(file, `entry '${name}' lacks the zip64 field it refers to`)
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
    if (at + size > end) invalidZip(file, `entry '${name}' has a zip64 field that is too short`)
    const wide = size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
    at += size
    if (!Number.isSafeInteger(wide)) invalidZip(file, `entry '${name}' has a size or offset beyond 2^53`)
    return wide
  })
  return resolved as [number, number, number, number]
}

function checkName(file: string, name: string, where: string): string {
  const unsafe = name === '' || name.startsWith('/') || /[\\\0]/.test(name) || name.split('/').includes('..')
  if (unsafe) invalidZip(file, `the ${where} has the unsafe name ${JSON.stringify(name)}`)
  return name
}

/** Sorts entries by offset, and refuses duplicates, overlaps, and unused bytes at the start. */
function withLimits(file: string, entries: readonly ZipEntry[], directoryOffset: number): ZipDirectory {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset)
  if (sorted.length > 0 && sorted[0]!.headerOffset !== 0) {
    invalidZip(file, `${sorted[0]!.headerOffset} bytes precede the first entry`)
  }
  const directory = new Map<string, ZipEntry>()
  sorted.forEach((entry, i) => {
    const limit = sorted[i + 1]?.headerOffset ?? directoryOffset
    const minimalEnd = entry.headerOffset + localHeaderSize + entry.compressedSize
    if (minimalEnd > limit) invalidZip(file, `entry '${entry.name}' overlaps the data that follows it at byte ${limit}`)
    if (directory.has(entry.name)) invalidZip(file, `two entries have the name '${entry.name}'`)
    directory.set(entry.name, { ...entry, limit })
  })
  return directory
}
