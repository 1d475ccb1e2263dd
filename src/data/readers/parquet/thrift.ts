/** Reads Thrift's compact protocol, in which Parquet writes its footer and page headers, and refuses what no writer makes. */

/** Fields by their number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>
export type ThriftValue = boolean | number | bigint | Uint8Array | readonly ThriftValue[] | ThriftStruct

/** Parquet nests lists of structs about ten deep. */
const deepest = 32

/** Values in one struct, all levels together: a footer of 1,000 columns in 100 groups has about 3 million. */
const mostValues = 8_000_000

const types = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 }

/**
 * Reads the struct that begins at `from`.
 * @throws Error in words where the bytes are no struct, or one that needs more memory than its own length justifies
 */
export function readStruct(bytes: Uint8Array, from = 0): { readonly value: ThriftStruct; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = from
  let values = 0
  const take = (length: number): number => {
    if (length > bytes.length - at) throw new Error(`a header asks for ${length} bytes where ${bytes.length - at} are`)
    at += length
    return at - length
  }

  const varint = (): number => {
    let result = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[take(1)]!
      // The fifth byte holds the four bits that are left of 32.
      if (shift === 28 && byte > 0x0f) break
      result += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return result
    }
    throw new Error('a header has a number of more than 32 bits')
  }
  const bigVarint = (): bigint => {
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[take(1)]!
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
    throw new Error('a header has a number of more than 64 bits')
  }
  const zigzag = (n: number) => (n % 2 === 0 ? n / 2 : -(n + 1) / 2)

  const list = (depth: number): ThriftValue[] => {
    const head = bytes[take(1)]!
    const length = head >> 4 === 15 ? varint() : head >> 4
    if (length > bytes.length - at) {
      throw new Error(`a header has a list of ${length} values in ${bytes.length - at} bytes`)
    }
    const type = head & 0x0f
    const isBoolean = type === types.true || type === types.false
    return Array.from({ length }, () => element(isBoolean ? types.byte : type, depth))
  }

  const element = (type: number, depth: number): ThriftValue => {
    if (depth > deepest || ++values > mostValues) throw new Error('a header is nested too deep, or too long')
    switch (type) {
      case types.true:
      case types.false:
        return type === types.true
      case types.byte:
        return view.getInt8(take(1))
      case types.i16:
      case types.i32:
        return zigzag(varint())
      case types.i64: {
        const n = bigVarint()
        return (n >> 1n) ^ -(n & 1n)
      }
      case types.double:
        return view.getFloat64(take(8), true)
      case types.binary: {
        const length = varint()
        return bytes.subarray(take(length), at)
      }
      case types.list:
        return list(depth + 1)
      case types.struct:
        return struct(depth + 1)
    }
    throw new Error(`a header has a value of the unknown type ${type}`)
  }

  const struct = (depth: number): ThriftStruct => {
    const fields = new Map<number, ThriftValue>()
    for (let id = 0; ;) {
      const head = bytes[take(1)]!
      if ((head & 0x0f) === 0) return fields
      id = head >> 4 === 0 ? zigzag(varint()) : id + (head >> 4)
      fields.set(id, element(head & 0x0f, depth))
    }
  }

  return { value: struct(0), end: at }
}
