import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CaptionRecord } from '../../../src/data/record'
import { SubcaptionSampler } from '../../../src/data/sampling/subcaption-sampler'
import { createRandom } from '../../../src/random'

interface Case {
  record: Pick<CaptionRecord, 'raw' | 'captions'>
  count: number
  merged: number
  pieces: string[]
  texts: string[]
  repeats: boolean
}
/** Made by test/parity/subcaptions.py. */
const cases = JSON.parse(readFileSync('test/fixtures/data/subcaptions.json', 'utf8')) as Case[]

const record = (raw: string, captions: CaptionRecord['captions']): CaptionRecord => ({
  key: 'a.jpg',
  image: 'a.jpg',
  raw,
  captions,
})

describe('the reference’s draw', () => {
  it.each(cases)(
    'of $count from “$record.raw”, $merged merged, gives all results that Python’s can give, and no others',
    (given) => {
      const sampler = new SubcaptionSampler({ count: given.count, merged: given.merged, reference: true })
      const full = { ...record('', {}), ...given.record }
      expect(sampler.pieces(full)).toEqual(given.pieces)
      const random = createRandom(1)
      const draws = Array.from({ length: 1000 }, () => sampler.sample(full, random)!)
      expect(draws.every(([first, ...rest]) => first === given.record.raw && rest.length === given.count)).toBe(true)
      expect([...new Set(draws.flatMap(([, ...rest]) => rest))].sort()).toEqual(given.texts)
      const distinctPieces = new Set(given.pieces).size === given.pieces.length
      if (distinctPieces) expect(draws.some((texts) => new Set(texts.slice(1)).size < given.count)).toBe(given.repeats)
    },
  )

  it('has nothing to draw if there is only one piece', () => {
    const sampler = new SubcaptionSampler({ reference: true })
    expect(sampler.sample(record('raw', { shortIB: 'one' }), createRandom(0))).toBeUndefined()
  })
})

describe('SubcaptionSampler', () => {
  const captions = { shortIB: 'One.', longIB: 'Two is 3.5 m. Three.', longSV: ['Four.', ' ', 'Five'] }

  it('draws from all pieces, the last one too, evenly', () => {
    const sampler = new SubcaptionSampler({ count: 2 })
    const random = createRandom(3)
    const counts = new Map<string, number>()
    for (let i = 0; i < 5000; i++) {
      for (const text of sampler.sample(record('raw', captions), random)!.slice(1)) {
        counts.set(text, (counts.get(text) ?? 0) + 1)
      }
    }
    expect([...counts.keys()].sort()).toEqual(['Five', 'Four.', 'One', 'Three', 'Two is 3.5 m'])
    // 10,000 draws over five pieces: 2,000 each, with a standard deviation of 35.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200)
  })

  it('gives the same for the same seed', () => {
    const draw = (seed: number) => new SubcaptionSampler().sample(record('raw', captions), createRandom(seed))
    expect(draw(5)).toEqual(draw(5))
    expect([6, 7, 8].map(draw)).not.toContainEqual(draw(5))
  })

  it('uses only the captions that are requested', () => {
    const sampler = new SubcaptionSampler({ captions: ['longSV', 'shortIB'] })
    expect(sampler.pieces(record('raw', captions))).toEqual(['One', 'Four.', 'Five'])
  })

  it('joins neighbours, or all pieces if there are too few', () => {
    const sampler = new SubcaptionSampler({ count: 1, merged: 3 })
    const texts = sampler.sample(record('raw', { shortIB: 'One.', longIB: 'Two.' }), createRandom(0))
    expect(texts).toEqual(['raw', 'One. Two'])
  })

  it('draws one more if there is no raw caption', () => {
    const texts = new SubcaptionSampler({ count: 2 }).sample(record(' ', captions), createRandom(0))
    expect(texts).toHaveLength(3)
  })

  it('draws from the raw caption if there is no sub-caption', () => {
    const draw = (raw: string) => new SubcaptionSampler({ count: 2 }).sample(record(raw, {}), createRandom(0))!
    expect(draw('A cat')).toEqual(['A cat', 'A cat', 'A cat'])
    const [first, ...rest] = draw('A cat sits. It sleeps.')
    expect([first, rest.sort()]).toEqual(['A cat sits. It sleeps.', ['A cat sits', 'It sleeps']])
  })

  it('gives only the raw caption', () => {
    expect(new SubcaptionSampler({ count: 0 }).sample(record('raw', captions), createRandom(0))).toEqual(['raw'])
  })

  it('gives one text, as often the raw caption as any sub-caption', () => {
    const sampler = new SubcaptionSampler({ count: 1, raw: 'drawn' })
    expect(sampler.textsPerImage).toBe(1)
    const random = createRandom(3)
    const draws = Array.from({ length: 6000 }, () => sampler.sample(record('raw', captions), random)!)
    expect(draws.every(({ length }) => length === 1)).toBe(true)
    expect(new Set(draws.flat()).size).toBe(6)
    // 1,000 of six candidates each, with a standard deviation of 29.
    const raws = draws.filter(([text]) => text === 'raw').length
    expect(Math.abs(raws - 1000)).toBeLessThan(150)
  })

  it('gives no sub-captions for captions of only punctuation', () => {
    const given = record('--', { shortIB: '...', longIB: ' . \n', longSV: ['!', '?'] })
    for (const raw of ['first', 'drawn'] as const) {
      expect(new SubcaptionSampler({ raw }).sample(given, createRandom(0))).toBeUndefined()
    }
  })

  it.each([
    { count: -1 },
    { count: 1.5 },
    { count: 0, raw: 'drawn' as const },
    { raw: 'last' as 'first' },
    { raw: 'drawn' as const, reference: true },
    { merged: 0 },
    { captions: ['long' as 'longIB'] },
  ])('refuses %j', (options) => {
    expect(() => new SubcaptionSampler(options)).toThrow(/^(count|raw|merged|captions): expected .*; got /)
  })
})
