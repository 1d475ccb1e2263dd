import { describe, expect, it } from 'vitest'
import { tensorDataBytes, toFloat32, viewTensorData } from '../../src/checkpoint/dtype'
import { narrowToBFloat16, narrowToFloat16, widenBFloat16, widenFloat16 } from '../../src/half-precision'

const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i)

/** The value of a float16 pattern in IEEE 754. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15)
}

describe('float16', () => {
  it('is widened exactly, all 65,536 patterns', () => {
    const wrong = [...widenFloat16(patterns)].filter((value, bits) => !Object.is(value, float16Value(bits)))
    expect(wrong).toEqual([])
  })

  it('is unchanged after a round trip, except for the kind of NaN', () => {
    const back = narrowToFloat16(widenFloat16(patterns))
    const changed = [...back].filter((bits, i) => bits !== i && !Number.isNaN(float16Value(i)))
    expect(changed).toEqual([])
  })

  it('rounds to nearest, ties to even', () => {
    const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 1.5 * 2 ** -25, -0)
    expect([...narrowToFloat16(values)]).toEqual([0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 1, 0x8000])
  })
})

describe('bfloat16', () => {
  it('is widened exactly and unchanged after a round trip, except for the kind of NaN', () => {
    const wide = widenBFloat16(patterns)
    const bits = new Uint32Array(wide.buffer)
    expect([...bits].every((pattern, i) => pattern === (i << 16) >>> 0)).toBe(true)
    const changed = [...narrowToBFloat16(wide)].filter((pattern, i) => pattern !== i && !Number.isNaN(wide[i]!))
    expect(changed).toEqual([])
  })

  it('rounds to nearest, ties to even, and keeps NaN', () => {
    const values = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, NaN)
    const [a, b, c, d] = narrowToBFloat16(values)
    expect([a, b, c]).toEqual([0x3f80, 0x3f82, 0x7f80])
    expect(d! & 0x7fff).toBeGreaterThan(0x7f80)
  })
})

describe('viewTensorData', () => {
  it('reads bytes at odd offsets, also of a Buffer', () => {
    const bytes = Buffer.concat([Buffer.alloc(1), Buffer.from(Float32Array.of(1.5, -2).buffer)]).subarray(1)
    expect(viewTensorData(bytes, 'float32')).toEqual(Float32Array.of(1.5, -2))
  })

  it.each(['float32', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'] as const)(
    'gives back the bytes of %s',
    (dtype) => {
      const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i % 4 === 3 ? 1 : i % 2))
      expect(tensorDataBytes(viewTensorData(bytes, dtype), dtype)).toEqual(bytes)
    },
  )
})

it('converts integers to float32', () => {
  expect(toFloat32(BigInt64Array.of(5n, -1n))).toEqual(Float32Array.of(5, -1))
})
