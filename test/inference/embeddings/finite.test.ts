/** A single NaN or infinity is found anywhere, and no finite value, however large, is mistaken for one. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isFinite } from '../../../src/inference/embeddings/finite'

const largest = 3.4028234663852886e38

it('finds NaN and infinities among finite values, at any position and length', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true })
  const wrong = fc.constantFrom(NaN, Infinity, -Infinity)
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 40 }), fc.array(wrong, { maxLength: 3 }), fc.nat(), (values, bad, at) => {
      const place = at % (values.length + 1)
      const mixed = Float32Array.from([...values.slice(0, place), ...bad, ...values.slice(place)])
      expect(isFinite(mixed)).toBe(bad.length === 0)
    }),
  )
})

it('accepts the largest float32 values as finite, whatever their sum', () => {
  expect(isFinite(new Float32Array(100_003).fill(largest))).toBe(true)
  expect(isFinite(new Float32Array(100_003).fill(-largest))).toBe(true)
})

it('does not let opposite infinities cancel', () => {
  expect(isFinite(Float32Array.of(Infinity, -Infinity))).toBe(false)
})
