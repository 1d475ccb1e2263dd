import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { dotProductsBinary } from '../../../../src/search/vectors/kernel/dot-products-binary'
import { quantizeQuery, quantizeRows } from '../../../../src/search/vectors/kernel/quantized'
import { allocateRows } from '../../../../src/search/vectors/kernel/row-scores'

const value = fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true })

describe('the sums of rows with a query', () => {
  it('are assembled from dot-products.wat', async () => {
    const { parseWat } = await wabt()
    const text = readFileSync('src/search/vectors/kernel/dot-products.wat', 'utf8')
    expect(dotProductsBinary).toBe(Buffer.from(parseWat('', text).toBinary({}).buffer).toString('base64'))
  })

  it('are exact for every number of rows and every width', async () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 70 }))
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.infiniteStream(fc.integer({ min: -127, max: 127 })),
        async ([count, width], stream) => {
          const rows = await allocateRows(count, width)
          const next = () => stream.next().value as number
          const bytes = Int8Array.from({ length: count * width }, next)
          for (let row = 0; row < count; row++) {
            rows.bytes.set(bytes.subarray(row * width, (row + 1) * width), row * rows.paddedWidth)
          }
          const numbers = Int16Array.from({ length: width }, () => next() * 258)
          const sums = rows.dotProducts({ numbers, scale: 1 })
          const expected = Array.from({ length: count }, (_, row) =>
            numbers.reduce((sum, number, i) => sum + number * bytes[row * width + i]!, 0),
          )
          expect([...sums]).toEqual(expected)
        },
      ),
    )
  })

  it('do not overflow when every value is as large as it can be', async () => {
    for (const width of [512, 4096, 65_536]) {
      const vector = new Float32Array(width).fill(1)
      const { bytes } = quantizeRows(vector, width)
      const rows = await allocateRows(1, width)
      rows.bytes.set(bytes)
      const query = quantizeQuery(vector)
      expect(rows.dotProducts(query)[0]).toBe(127 * query.numbers[0]! * width)
    }
  })
})

describe('numbers as int8 and int16', () => {
  it('differ from the values by half a step at most', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 64 }), (list) => {
        const values = Float32Array.from(list)
        fc.pre(values.some((each) => Math.abs(each) > 1e-6))
        const { bytes, scales } = quantizeRows(values, values.length)
        const query = quantizeQuery(values)
        values.forEach((each, i) => {
          expect(Math.abs(bytes[i]! * scales[0]! - each)).toBeLessThanOrEqual(scales[0]! * 0.501)
          expect(Math.abs(query.numbers[i]! * query.scale - each)).toBeLessThanOrEqual(query.scale * 0.501)
        })
      }),
    )
  })
})
