import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { adamWInPlace, averageInPlace } from '../../../src/compile/host/optimizer'
import { optimizerBinary } from '../../../src/compile/host/optimizer-binary'

const numbers = {
  keepFirst: 0.9,
  takeFirst: 0.05,
  keepSecond: 0.98,
  takeSecond: 0.005,
  decay: 0.999,
  stepSize: 0.01,
  epsilon: 1e-6,
}

/** Lengths around multiples of the piece length. */
const lengths = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(32_767, 32_768, 32_769, 65_536, 70_001))

const values = (length: number, seed: number) => Float32Array.from({ length }, (_, i) => Math.sin(seed + 1.3 * i))
const { fround } = Math

describe('the optimizer’s loops', () => {
  it('are assembled from optimizer.wat', async () => {
    const { parseWat } = await wabt()
    const text = readFileSync('src/compile/host/optimizer.wat', 'utf8')
    expect(optimizerBinary).toBe(Buffer.from(parseWat('', text).toBinary({}).buffer).toString('base64'))
  })

  it('take a step of AdamW on every element, in single precision, and change nothing else', () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const whole = [1, 2, 3].map((seed) => values(length + 2, seed))
        const before = whole.map((array) => array.slice())
        before[2]!.forEach((value, i) => (before[2]![i] = whole[2]![i] = value ** 2))
        const gradient = values(length, 4)
        const [value, first, second] = whole.map((array) => array.subarray(1, -1)) as [
          Float32Array,
          Float32Array,
          Float32Array,
        ]
        adamWInPlace(value, first, second, gradient, numbers)
        const single = Object.fromEntries(
          Object.entries(numbers).map(([name, number]) => [name, fround(number)]),
        ) as typeof numbers
        for (let i = 0; i < length; i++) {
          const g = gradient[i]!
          const m = fround(fround(before[1]![i + 1]! * single.keepFirst) + fround(g * single.takeFirst))
          const v = fround(fround(before[2]![i + 1]! * single.keepSecond) + fround(fround(g * g) * single.takeSecond))
          const step = fround(fround(m / fround(fround(Math.sqrt(v)) + single.epsilon)) * single.stepSize)
          const next = [fround(fround(before[0]![i + 1]! * single.decay) - step), m, v]
          if ([value[i], first[i], second[i]].some((number, part) => number !== next[part])) return false
        }
        return whole.every((array, part) => [0, length + 1].every((end) => array[end] === before[part]![end]))
      }),
    )
  })

  it('move an average towards the values', () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const [average, value] = [values(length, 1), values(length, 2)]
        const before = average.slice()
        averageInPlace(average, value, 0.75, 0.25)
        return average.every((a, i) => a === fround(fround(before[i]! * 0.75) + fround(value[i]! * 0.25)))
      }),
    )
  })
})
