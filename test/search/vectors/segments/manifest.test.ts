import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DreamLIPError } from '../../../../src/errors'
import { manifestText, parseManifest, type Manifest } from '../../../../src/search/vectors/segments/manifest'

const manifest: Manifest = {
  width: 512,
  model: 'cc3m',
  fields: { size: 'number', hash: 'text' },
  segments: [
    { file: '0a-1.safetensors', rows: 100, removed: [0, 7, 99] },
    { file: '0b-2.safetensors', rows: 1, removed: [] },
  ],
}

describe('the list of segments', () => {
  it('reads what it writes', () => {
    expect(parseManifest('index.json', manifestText(manifest))).toEqual(manifest)
  })

  const wrong: readonly [string, object, RegExp][] = [
    ['another format', { format: 'other' }, /not the list of an index/],
    ['a later version', { version: 2 }, /expected version 1 .* got 2.* update dreamlip/],
    ['no width', { width: 0 }, /width/],
    ['a model that is not a string', { model: 1 }, /model/],
    ['a field of an unknown type', { fields: { size: 'date' } }, /fields/],
    ['a field without a usable name', { fields: { 'a b': 'text' } }, /fields/],
    ['a path that leads elsewhere', { segments: [{ file: '../x.safetensors', rows: 1, removed: [] }] }, /segments/],
    [
      'more rows than a segment may have',
      { segments: [{ file: 'a.safetensors', rows: 1e9, removed: [] }] },
      /segments/,
    ],
    ['removed rows out of order', { segments: [{ file: 'a.safetensors', rows: 9, removed: [3, 2] }] }, /segments/],
    ['a removed row that is not there', { segments: [{ file: 'a.safetensors', rows: 9, removed: [9] }] }, /segments/],
    ['a file twice', { segments: [manifest.segments[0], manifest.segments[0]] }, /twice/],
  ]
  it.each(wrong)('is refused with %s', (_, change, message) => {
    const text = JSON.stringify({ ...(JSON.parse(manifestText(manifest)) as object), ...change })
    expect(() => parseManifest('index.json', text)).toThrow(expect.objectContaining({ code: 'INDEX_INVALID' }) as Error)
    expect(() => parseManifest('index.json', text)).toThrow(message)
  })

  it('is read or refused with INDEX_INVALID, whatever the text is', () => {
    const text = manifestText(manifest)
    const cut = fc.tuple(fc.nat(text.length), fc.string(), fc.nat(20))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), cut), (input) => {
        const given =
          typeof input === 'string' ? input : text.slice(0, input[0]) + input[1] + text.slice(input[0] + input[2])
        try {
          parseManifest('index.json', given)
        } catch (error) {
          expect(error).toBeInstanceOf(DreamLIPError)
          expect(error).toMatchObject({ code: 'INDEX_INVALID' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
