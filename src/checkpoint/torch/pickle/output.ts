/** The opcodes of a pickle, written to a buffer that grows. */
import { Opcode } from './opcode'

export class PickleOutput {
  private buffer = new Uint8Array(1 << 12)
  private length = 0

  /** The pickle so far. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }

  /** Opcodes, and arguments of one byte. */
  opcode(...bytes: readonly number[]): void {
    let at = this.reserve(bytes.length)
    for (const byte of bytes) this.buffer[at++] = byte
  }

  text(text: string): void {
    const encoded = new TextEncoder().encode(text)
    this.opcode(Opcode.BINUNICODE)
    this.uint32(encoded.length)
    this.append(encoded)
  }

  integer(value: number | bigint): void {
    if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.opcode(Opcode.BININT)
      this.uint32(Number(value) >>> 0)
    } else {
      this.opcode(Opcode.LONG1, longBytes)
      this.append(twosComplement(BigInt(value), longBytes))
    }
  }

  float(value: number): void {
    this.opcode(Opcode.BINFLOAT)
    const at = this.reserve(8)
    new DataView(this.buffer.buffer).setFloat64(at, value) // big-endian
  }

  boolean(value: boolean): void {
    this.opcode(value ? Opcode.NEWTRUE : Opcode.NEWFALSE)
  }

  /** A class or function by its name. */
  global(module: string, name: string): void {
    this.opcode(Opcode.GLOBAL)
    this.append(new TextEncoder().encode(`${module}\n${name}\n`))
  }

  /** A tuple of the items that `writeItems` writes. */
  tuple(writeItems: () => void): void {
    this.opcode(Opcode.MARK)
    writeItems()
    this.opcode(Opcode.TUPLE)
  }

  private uint32(value: number): void {
    const at = this.reserve(4)
    new DataView(this.buffer.buffer).setUint32(at, value, true)
  }

  private append(values: Uint8Array): void {
    const at = this.reserve(values.length)
    this.buffer.set(values, at)
  }

  /** Makes room for `count` bytes. @returns where they start */
  private reserve(count: number): number {
    const needed = this.length + count
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.buffer.length, needed))
      larger.set(this.buffer)
      this.buffer = larger
    }
    this.length = needed
    return needed - count
  }
}

/** Nine bytes are enough for every safe integer, int64 and uint64. */
const longBytes = 9

/** Whether `integer` can write it. */
export function fitsInteger(value: bigint): boolean {
  return BigInt.asIntN(8 * longBytes, value) === value
}

function twosComplement(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}
