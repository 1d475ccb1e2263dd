/** The model that an index belongs to. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DreamLIPError } from '../../../../src/errors'
import { parseDescription } from '../../../../src/search/images/kept/index-description.node.ts'

const valid = {
  format: 'dreamlip-images',
  version: 1,
  model: { name: 'vitb16.pt', fingerprint: 'ab' },
  vectors: 'vectors-ab',
}

it('names the model and the folder of its vectors', () => {
  const { model, vectors } = valid
  expect(parseDescription('images.json', JSON.stringify(valid))).toEqual({ model, vectors })
})

it.each([
  ['another format', { ...valid, format: 'x' }],
  ['a later version', { ...valid, version: 2 }],
  ['no model', { ...valid, model: null }],
  ['a model without a fingerprint', { ...valid, model: { name: 'x' } }],
  ['a folder elsewhere', { ...valid, vectors: '../vectors-ab' }],
])('refuses %s', (_, json) => {
  expect(() => parseDescription('images.json', JSON.stringify(json))).toThrow(/^images\.json: /)
})

it('answers or refuses any text', () => {
  const mutated = fc.record({ key: fc.constantFrom(...Object.keys(valid)), value: fc.jsonValue() })
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    mutated.map(({ key, value }) => JSON.stringify({ ...valid, [key]: value })),
  )
  fc.assert(
    fc.property(text, (json) => {
      try {
        expect(parseDescription('images.json', json).vectors).toMatch(/^vectors-[\w-]+$/)
      } catch (error) {
        expect(error).toBeInstanceOf(DreamLIPError)
      }
    }),
    { numRuns: 500 },
  )
})
