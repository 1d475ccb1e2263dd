/** TensorBoard's event files: records that contain protobuf messages (TensorFlow's record_writer.cc, event.proto, summary.proto). */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { crc32c } from './crc32c'

/** The first record of every file. @param seconds since 1970 */
export function versionRecord(seconds: number): Uint8Array {
  const event = new BinaryWriter()
  event.tag(1, WireType.Bit64).double(seconds)
  event.tag(3, WireType.LengthDelimited).string('brain.Event:2')
  return recordOf(event.finish())
}

/** A record of one step's numbers by name. */
export function scalarsRecord(seconds: number, step: number, values: Readonly<Record<string, number>>): Uint8Array {
  const event = new BinaryWriter()
  event.tag(1, WireType.Bit64).double(seconds)
  event.tag(2, WireType.Varint).int64(step)
  event.tag(5, WireType.LengthDelimited).fork() // summary
  for (const [name, value] of Object.entries(values)) {
    event.tag(1, WireType.LengthDelimited).fork() // value
    event.tag(1, WireType.LengthDelimited).string(name)
    event.tag(2, WireType.Bit32).float(value)
    event.join()
  }
  event.join()
  return recordOf(event.finish())
}

/**
 * Finds the records up to a step. The first incomplete record ends the search.
 * @returns `length`: their bytes; `hasSteps`: whether any of them has a step
 */
export function eventsUpTo(bytes: Uint8Array, step: number): { length: number; hasSteps: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let [at, hasSteps] = [0, false]
  while (at + 16 <= bytes.length) {
    const end = BigInt(at) + 16n + view.getBigUint64(at, true)
    if (end > bytes.length) break
    const data = bytes.subarray(at + 12, Number(end) - 4)
    if (view.getUint32(Number(end) - 4, true) !== maskedChecksum(data)) break
    const found = stepOf(data)
    if (found !== undefined && found > step) break
    hasSteps ||= found !== undefined
    at = Number(end)
  }
  return { length: at, hasSteps }
}

/** The step of an event; undefined if it has none, as in the first record. */
function stepOf(data: Uint8Array): number | undefined {
  const reader = new BinaryReader(data)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === 2 && type === WireType.Varint) return Number(reader.int64())
    reader.skip(type)
  }
  return undefined
}

/** A record: the data's length and its checksum, then the data and its checksum. */
function recordOf(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true)
  record.set(data, 12)
  view.setUint32(12 + data.length, maskedChecksum(data), true)
  return record
}

/** TensorFlow rotates checksums and adds a constant, because the data may itself contain checksums (crc32c.h). */
function maskedChecksum(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
