/** Reads Thrift's compact protocol, the format of Parquet's footers and page headers. Refuses data that no writer makes. */

/** Fields by number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>
export type ThriftValue = boolean | number | bigint | Uint8Array | readonly ThriftValue[] | ThriftStruct

/** Parquet nests lists of structs about ten levels deep. */
const deepest = 32

/** Maximum values in one struct, over all levels. A footer of 1,000 columns in 100 groups has about 3 million. */
const mostValues = 8_000_000

const types = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 }

/** The bytes, the current position, and the number of values read so far. */
interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
  values: number
}

/**
 * Reads the struct that starts at `from`.
 * @throws Error if the bytes are not a struct, or if it would need too much memory for its length
 */
export function readStruct(bytes: Uint8Array, from = 0): { readonly value: ThriftStruct; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cursor: Cursor = { bytes, view, at: from, values: 0 }
  return { value: readFields(cursor, 0), end: cursor.at }
}

function readFields(cursor: Cursor, depth: number): ThriftStruct {
  const fields = new Map<number, ThriftValue>()
  for (let id = 0; ;) {
    const head = readByte(cursor)
    if ((head & 0x0f) === 0) return fields
    id = head >> 4 === 0 ? unzigzag(readVarint(cursor)) : id + (head >> 4)
    fields.set(id, readValue(cursor, head & 0x0f, depth))
  }
}

function readValue(cursor: Cursor, type: number, depth: number): ThriftValue {
  if (depth > deepest || ++cursor.values > mostValues) throw new Error('a header is nested too deep, or too long')
  switch (type) {
    case types.true:
    case types.false:
      return type === types.true
    case types.byte:
      return cursor.view.getInt8(take(cursor, 1))
    case types.i16:
    case types.i32:
      return unzigzag(readVarint(cursor))
    case types.i64: {
      const n = readBigVarint(cursor)
      return (n >> 1n) ^ -(n & 1n)
    }
    case types.double:
      return cursor.view.getFloat64(take(cursor, 8), true)
    case types.binary: {
      const start = take(cursor, readVarint(cursor))
      return cursor.bytes.subarray(start, cursor.at)
    }
    case types.list:
      return readList(cursor, depth + 1)
    case types.struct:
      return readFields(cursor, depth + 1)
  }
  throw new Error(`a header has a value of the unknown type ${type}`)
}

function readList(cursor: Cursor, depth: number): ThriftValue[] {
  const head = readByte(cursor)
  const length = head >> 4 === 15 ? readVarint(cursor) : head >> 4
  const left = cursor.bytes.length - cursor.at
  if (length > left) throw new Error(`a header has a list of ${length} values in ${left} bytes`)
  const type = head & 0x0f
  const isBoolean = type === types.true || type === types.false
  return Array.from({ length }, () => readValue(cursor, isBoolean ? types.byte : type, depth))
}

function readVarint(cursor: Cursor): number {
  let result = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = readByte(cursor)
    // The fifth byte contains the last four of 32 bits.
    if (shift === 28 && byte > 0x0f) break
    result += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return result
  }
  throw new Error('a header has a number of more than 32 bits')
}

function readBigVarint(cursor: Cursor): bigint {
  let result = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor)
    result |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return result
  }
  throw new Error('a header has a number of more than 64 bits')
}

function unzigzag(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2
}

function readByte(cursor: Cursor): number {
  return cursor.bytes[take(cursor, 1)]!
}

/** Moves on by `length` bytes. @returns their start */
function take(cursor: Cursor, length: number): number {
  const { bytes, at } = cursor
  if (length > bytes.length - at)
    throw new Error(`a header asks for ${length} bytes, but only ${bytes.length - at} are left`)
  cursor.at += length
  return at
}
