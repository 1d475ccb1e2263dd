/** Writes zip archives of stored records as PyTorch does: each record's data starts at a multiple of 64 bytes. */
import { crc32 } from '#crc32'
import { DreamLIPError } from '../../../errors'

/** A record to be written. Its bytes are requested once, when they are written. */
export interface ZipRecord {
  readonly name: string
  readonly byteLength: number
  bytes(): Uint8Array
}

const alignment = 64
const largestRecord = 0xffff_ffff
/** 1 January 1980, the earliest date in zip files. */
const dosDate = 0x21

interface Written {
  readonly name: Uint8Array
  readonly crc: number
  readonly size: number
  readonly offset: number
}

/** The archive's bytes, one record after another. @throws DreamLIPError `TENSOR_INVALID` for a record of 4 GiB or more */
export function* zipChunks(records: Iterable<ZipRecord>): Generator<Uint8Array> {
  const written: Written[] = []
  let offset = 0
  for (const record of records) {
    if (record.byteLength >= largestRecord) {
      throw new DreamLIPError(
        'TENSOR_INVALID',
        `${record.name}: ${record.byteLength} bytes are more than a record of a PyTorch file can have in this package (4 GiB). ` +
          'Save the model as safetensors instead.',
      )
    }
    const name = new TextEncoder().encode(record.name)
    const bytes = record.bytes()
    const entry = { name, crc: crc32(bytes), size: bytes.length, offset }
    const header = localHeader(entry)
    yield header
    yield bytes
    offset += header.length + bytes.length
    written.push(entry)
  }
  const directory = written.map(directoryEntry)
  yield* directory
  yield endRecords(
    written.length,
    offset,
    directory.reduce((sum, { length }) => sum + length, 0),
  )
}

function localHeader({ name, crc, size, offset }: Written): Uint8Array {
  // The extra field needs four bytes for its own header.
  const unpadded = offset + 30 + name.length + 4
  const padding = (alignment - (unpadded % alignment)) % alignment
  const header = new Uint8Array(30 + name.length + 4 + padding)
  const view = new DataView(header.buffer)
  view.setUint32(0, 0x04034b50, true)
  view.setUint16(4, 20, true)
  view.setUint16(12, dosDate, true)
  view.setUint32(14, crc, true)
  view.setUint32(18, size, true)
  view.setUint32(22, size, true)
  view.setUint16(26, name.length, true)
  view.setUint16(28, 4 + padding, true)
  header.set(name, 30)
  // PyTorch's own tag for padding, "FB", filled with "Z".
  view.setUint16(30 + name.length, 0x4246, true)
  view.setUint16(32 + name.length, padding, true)
  header.fill(0x5a, 34 + name.length)
  return header
}

function directoryEntry({ name, crc, size, offset }: Written): Uint8Array {
  const far = offset >= largestRecord
  const entry = new Uint8Array(46 + name.length + (far ? 12 : 0))
  const view = new DataView(entry.buffer)
  view.setUint32(0, 0x02014b50, true)
  view.setUint16(4, far ? 45 : 20, true)
  view.setUint16(6, far ? 45 : 20, true)
  view.setUint16(14, dosDate, true)
  view.setUint32(16, crc, true)
  view.setUint32(20, size, true)
  view.setUint32(24, size, true)
  view.setUint16(28, name.length, true)
  view.setUint32(42, far ? 0xffff_ffff : offset, true)
  entry.set(name, 46)
  if (far) {
    view.setUint16(30, 12, true)
    view.setUint16(46 + name.length, 1, true)
    view.setUint16(48 + name.length, 8, true)
    view.setBigUint64(50 + name.length, BigInt(offset), true)
  }
  return entry
}

/** The zip64 end record, its locator, and the classic end record, which refers to them if its fields are too small. */
function endRecords(count: number, start: number, length: number): Uint8Array {
  const records = new Uint8Array(56 + 20 + 22)
  const view = new DataView(records.buffer)
  view.setUint32(0, 0x06064b50, true)
  view.setBigUint64(4, 44n, true)
  view.setUint16(12, 45, true)
  view.setUint16(14, 45, true)
  view.setBigUint64(24, BigInt(count), true)
  view.setBigUint64(32, BigInt(count), true)
  view.setBigUint64(40, BigInt(length), true)
  view.setBigUint64(48, BigInt(start), true)
  view.setUint32(56, 0x07064b50, true)
  view.setBigUint64(64, BigInt(start + length), true)
  view.setUint32(72, 1, true)
  view.setUint32(76, 0x06054b50, true)
  view.setUint16(84, Math.min(count, 0xffff), true)
  view.setUint16(86, Math.min(count, 0xffff), true)
  view.setUint32(88, Math.min(length, 0xffff_ffff), true)
  view.setUint32(92, Math.min(start, 0xffff_ffff), true)
  return records
}
