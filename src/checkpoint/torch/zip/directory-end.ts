/** Finds a zip archive's central directory from the records at its end. */
import type { ByteSource } from '../../../bytes/byte-source'
import { invalidZip } from './format'

/** The location of the central directory. */
export interface DirectoryRecord {
  readonly offset: number
  readonly size: number
  readonly count: number
}

const endSize = 22
const locatorSize = 20
const zip64Size = 56
const largestComment = 65_535

/** A checkpoint has a few thousand entries; a larger directory than this is an attack on memory. */
const largestCount = 1_000_000
const largestDirectory = 128 * 1024 * 1024

/** Reads the end record, and the zip64 records if present, and checks them against each other and the file. */
export async function findDirectory(source: ByteSource, signal?: AbortSignal): Promise<DirectoryRecord> {
  // Most archives have no comment: a short tail holds all records, and one read fetches them.
  const tailLength = Math.min(source.byteLength, endSize + locatorSize + zip64Size + largestComment)
  const tailStart = source.byteLength - tailLength
  const tail = await source.read(tailStart, tailLength, signal)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const end = findEnd(source.name, view)
  const plain = {
    disks: view.getUint16(end + 4, true) | view.getUint16(end + 6, true),
    countHere: view.getUint16(end + 8, true),
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  }
  if (plain.disks !== 0 || plain.countHere !== plain.count) invalidZip(source.name, 'it is one part of several')
  const hasLocator = end >= locatorSize && view.getUint32(end - locatorSize, true) === 0x07064b50
  const record = hasLocator ? readZip64(source.name, view, end, tailStart, plain) : plain
  const recordsStart = tailStart + end - (hasLocator ? locatorSize + zip64Size : 0)
  const { offset, size, count } = record
  if (offset + size !== recordsStart) {
    invalidZip(source.name, `the directory at byte ${offset} of ${size} bytes does not end where its end record starts`)
  }
  if (count > largestCount || size > largestDirectory) {
    invalidZip(source.name, `it claims ${count} entries in a directory of ${size} bytes`)
  }
  return { offset, size, count }
}

/** The end record is the one whose comment ends with the file; two such records make the archive ambiguous. */
function findEnd(file: string, view: DataView): number {
  const found: number[] = []
  let misplaced = false
  for (let at = view.byteLength - endSize; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue
    if (at + endSize + view.getUint16(at + 20, true) === view.byteLength) found.push(at)
    else misplaced = true
  }
  if (found.length === 1) return found[0]!
  if (found.length > 1) return invalidZip(file, 'it has two end records')
  return invalidZip(
    file,
    misplaced ? 'bytes follow its end record' : 'it has no end record: it was cut off, or is not a zip file',
  )
}

function readZip64(
  file: string,
  view: DataView,
  end: number,
  tailStart: number,
  plain: DirectoryRecord,
): DirectoryRecord {
  const at = end - locatorSize - zip64Size
  const location = view.getBigUint64(end - locatorSize + 8, true)
  if (at < 0 || location !== BigInt(tailStart + at) || view.getUint32(at, true) !== 0x06064b50) {
    invalidZip(file, 'its zip64 end record is not where the locator says')
  }
  if (view.getUint32(at + 16, true) !== 0 || view.getUint32(at + 20, true) !== 0)
    invalidZip(file, 'it is one part of several')
  const wide = [24, 32, 40, 48].map((field) => view.getBigUint64(at + field, true))
  if (wide.some((value) => value > BigInt(Number.MAX_SAFE_INTEGER))) {
    invalidZip(file, 'its zip64 end record has a value beyond 2^53')
  }
  const [countHere, count, size, offset] = wide.map(Number) as [number, number, number, number]
  const agrees = (narrow: number, full: number, marker: number) => narrow === marker || narrow === full
  const consistent =
    countHere === count &&
    agrees(plain.count, count, 0xffff) &&
    agrees(plain.size, size, 0xffffffff) &&
    agrees(plain.offset, offset, 0xffffffff)
  if (!consistent) invalidZip(file, 'its two end records contradict each other')
  return { offset, size, count }
}
