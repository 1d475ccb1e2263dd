import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { pluralOf, withArticle } from '../captions/grammar'
import { heldOutKinds, kindOf, kinds, trainKinds, type Kind } from '../icons/kinds'
import { sampleOf } from '../data-set/samples'
import { emojiStyles, heldOutStyles, iconsOf, type Style } from '../icons/styles'

const emojibase = createRequire(import.meta.url)('emojibase-data/en/data.json') as {
  readonly hexcode: string
  readonly label: string
  readonly tags?: readonly string[]
}[]
const byCode = new Map(emojibase.map((emoji) => [emoji.hexcode.toLowerCase().replaceAll('-fe0f', ''), emoji]))

describe('the kinds', () => {
  it('share no name and no emoji', () => {
    const names = kinds.flatMap((kind) => kind.names.map(({ text }) => text.toLowerCase()))
    const plurals = kinds.flatMap((kind) =>
      kind.names.filter(({ plural }) => !plural).map(({ text }) => pluralOf(text)),
    )
    const codes = kinds.flatMap((kind) => kind.codes)
    for (const list of [names, plurals, codes]) expect(list.filter((item, i) => list.indexOf(item) !== i)).toEqual([])
    // "glasses" are not several of a kind named "glass".
    expect(plurals.filter((plural) => names.includes(plural) && plural !== pluralOf(plural))).toEqual([])
  })

  it('have names from their emoji’s label and tags', () => {
    const strange = kinds.flatMap(({ codes, names }) => {
      const emoji = codes.map((code) => byCode.get(code)!)
      const known = emoji.flatMap(({ label, tags = [] }) => [label, ...tags].join(' ').toLowerCase())
      const says = (name: string) =>
        name
          .toLowerCase()
          .split(/[ -]/)
          .some((word) => known.some((text) => text.includes(word.slice(0, 5))))
      return names.map(({ text }) => text).filter((name) => !says(name))
    })
    expect(strange).toEqual([])
  })

  it('exist in at least two training styles and in both held-out ones', () => {
    const having = (styles: readonly Style[], kind: Kind) => styles.filter((style) => iconsOf(style, kind).length > 0)
    expect(kinds.filter((kind) => having(emojiStyles, kind).length < 2).map(({ key }) => key)).toEqual([])
    expect(kinds.filter((kind) => having(heldOutStyles, kind).length < 2).map(({ key }) => key)).toEqual([])
  })

  it('are found by key; unknown keys are refused', () => {
    expect(kindOf('red-apple').names[0].text).toBe('red apple')
    expect(() => kindOf('toothbrush')).toThrow('"toothbrush"')
  })
})

describe('held-out kinds', () => {
  const texts = Array.from({ length: 4000 }, (_, number) => {
    const { captions } = sampleOf({ seed: 0, split: 'train', number })
    return [captions.raw, captions.short, ...captions.long.map(({ text }) => text)].join('\n').toLowerCase()
  })

  it('have names made of words from training captions', () => {
    const words = new Set(texts.flatMap((text) => text.match(/[a-z-]+/g)!))
    const unknown = heldOutKinds.flatMap(({ names }) =>
      names.flatMap(({ text }) => text.split(' ').filter((word) => !words.has(word))),
    )
    expect(heldOutKinds.length).toBeGreaterThanOrEqual(20)
    expect(unknown).toEqual([])
  })

  it('are never named in training captions, in singular or plural', () => {
    const names = heldOutKinds.flatMap(({ names }) => names.flatMap(({ text }) => [text, pluralOf(text)]))
    const told = names.filter((name) => texts.some((text) => new RegExp(`\\b${name}\\b`).test(text)))
    expect(told).toEqual([])
  })

  it('and held-out styles never appear in training', () => {
    const drawn = Array.from(
      { length: 2000 },
      (_, number) => sampleOf({ seed: 0, split: 'train', number }).scene.objects,
    )
    const objects = drawn.flat()
    expect(objects.filter(({ kind }) => kindOf(kind).heldOut)).toEqual([])
    expect([...new Set(objects.map(({ style }) => style))].sort()).toEqual([...emojiStyles].sort())
    // Training draws nearly every kind that it may; chance leaves a few out.
    expect(new Set(objects.map(({ kind }) => kind)).size).toBe(trainKinds.length)
  })

  it('appear in each scene of their own split', () => {
    for (let number = 0; number < 200; number++) {
      const { objects } = sampleOf({ seed: 0, split: 'held-out-emoji', number }).scene
      expect(kindOf(objects[0]!.kind).heldOut).toBe(true)
      expect(objects.slice(1).some(({ kind }) => kindOf(kind).heldOut)).toBe(false)
    }
  })
})

describe('English', () => {
  it.each([
    ['mouse', 'mice'],
    ['loaf of bread', 'loaves of bread'],
    ['cloud with rain', 'clouds with rain'],
    ['hammer and wrench', 'hammers and wrenches'],
    ['strawberry', 'strawberries'],
    ['monkey', 'monkeys'],
    ['magnifying glass', 'magnifying glasses'],
    ['sun behind a cloud', 'suns behind a cloud'],
  ])('knows the plural of %s', (one, many) => {
    expect(pluralOf(one)).toBe(many)
  })

  it.each(['a dog', 'an apple', 'an hourglass', 'a unicorn', 'an umbrella', 'a house'])('says “%s”', (phrase) => {
    expect(withArticle(phrase.split(' ').at(-1)!)).toBe(phrase)
  })
})
