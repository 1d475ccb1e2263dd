/** Exact conversions between half precision and float32. */

/** For every float16 bit pattern, the float32 bit pattern of the same value. */
let float16Table: Uint32Array | undefined

function widenedFloat16Bits(bits: number): number {
  const sign = (bits & 0x8000) << 16
  const exponent = (bits >> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0
  if (mantissa === 0) return sign >>> 0
  // Subnormal: shift the leading one into the hidden bit.
  const shift = Math.clz32(mantissa) - 21
  return (sign | ((113 - shift) << 23) | ((mantissa << (13 + shift)) & 0x7fffff)) >>> 0
}

/** A loop, because `Uint32Array.from` with a function takes twice as long, and every model in half precision waits for this. */
function widenEveryFloat16(): Uint32Array {
  const table = new Uint32Array(65_536)
  for (let pattern = 0; pattern < table.length; pattern++) table[pattern] = widenedFloat16Bits(pattern)
  return table
}

/** Float32 values of float16 bit patterns; exact. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  float16Table ??= widenEveryFloat16()
  const values = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = float16Table[bits[i]!]!
  return new Float32Array(values.buffer)
}

/** Float32 values of bfloat16 bit patterns, which are the upper halves of float32's; exact. */
export function widenBFloat16(bits: Uint16Array): Float32Array {
  const values = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = bits[i]! << 16
  return new Float32Array(values.buffer)
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

/** Nearest float16 bit patterns, ties to even. Values that round beyond 65,504 become infinite. */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values)
  const result = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) result[i] = narrowedFloat16Bits(bits[i]!)
  return result
}

function narrowedFloat16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >> 13) & 0x3ff)
  // 0x477ff000 is 65,520: halfway between the largest float16 and the next.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) return sign | roundedShift(magnitude - 0x38000000, 13)
  const exponent = magnitude >>> 23
  // Below half of the smallest subnormal everything is zero.
  if (exponent < 102) return sign
  return sign | roundedShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent)
}

/** `value >> shift`, rounded to nearest, ties to even. */
function roundedShift(value: number, shift: number): number {
  const floor = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && floor & 1) ? floor + 1 : floor
}

/** Nearest bfloat16 bit patterns, ties to even. */
export function narrowToBFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values)
  const result = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i]!
    const isNaN = (pattern & 0x7fffffff) > 0x7f800000
    result[i] = isNaN ? (pattern >>> 16) | 0x40 : (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16
  }
  return result
}
