/** The bytes of a pickle, read from front to back. Errors name the byte offset. */
import { invalidPickle } from './values'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Maximum bytes of an integer: the time to build one grows with the square of its length. */
const longestInteger = 1024

/** Maximum bytes in the name of a module or class. */
const longestName = 1000

export class PickleBytes {
  private readonly view: DataView

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
    /** The offset of the next byte. */
    private at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get position(): number {
    return this.at
  }

  /** @throws DreamLIPError `PICKLE_INVALID` with the byte offset */
  fail(problem: string, at = this.at): never {
    return invalidPickle(this.file, `the pickle is broken at byte ${at}: ${problem}`)
  }

  uint8(): number {
    return this.bytes[this.take(1)]!
  }

  uint16(): number {
    return this.view.getUint16(this.take(2), true)
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  int32(): number {
    return this.view.getInt32(this.take(4), true)
  }

  /** Big-endian, unlike all other numbers. */
  float64(): number {
    return this.view.getFloat64(this.take(8), false)
  }

  /** A length in eight bytes. */
  length64(): number {
    const value = this.view.getBigUint64(this.take(8), true)
    return value > BigInt(this.bytes.length) ? this.fail(`a length of ${value} bytes`) : Number(value)
  }

  /** An integer of any length, in two's complement. */
  integer(length: number): number | bigint {
    if (length > longestInteger) return this.fail(`an integer of ${length} bytes`)
    return signedInteger(this.bytes.subarray(this.take(length), this.at))
  }

  text(length: number): string {
    const from = this.take(length)
    try {
      return utf8.decode(this.bytes.subarray(from, from + length))
    } catch {
      return this.fail('a text is not valid UTF-8')
    }
  }

  /** A string of Python 2, which may be text or bytes: its bytes if they are not valid UTF-8. */
  byteString(length: number): string | Uint8Array {
    const bytes = this.blob(length)
    try {
      return utf8.decode(bytes)
    } catch {
      return bytes
    }
  }

  /** A text terminated by a line feed. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    if (end < 0 || end - this.at > longestName) this.fail('a name does not end')
    const value = this.text(end - this.at)
    this.at++
    return value
  }

  /** A copy of the next bytes. */
  blob(length: number): Uint8Array {
    const from = this.take(length)
    return this.bytes.slice(from, from + length)
  }

  /** A frame states how many bytes follow. */
  checkFrame(): void {
    const length = this.length64()
    if (length > this.bytes.length - this.at) this.fail(`a frame of ${length} bytes extends beyond the end`)
  }

  /** Advances by `length` bytes. @returns where they start */
  private take(length: number): number {
    const left = this.bytes.length - this.at
    if (length > left) this.fail(`${length} bytes are needed, but only ${left} are left`)
    this.at += length
    return this.at - length
  }
}

/** A little-endian two's complement integer: a number where it fits exactly, else a bigint. */
function signedInteger(bytes: Uint8Array): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  const signed = BigInt.asIntN(bytes.length * 8, value)
  const number = Number(signed)
  return Number.isSafeInteger(number) ? number : signed
}
