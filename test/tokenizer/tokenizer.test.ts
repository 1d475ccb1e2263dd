import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Tokenizer } from '../../src/tokenizer/tokenizer'

const tokenizer = await Tokenizer.load()

const captions = gunzipSync(readFileSync('test/fixtures/tokenizer/captions.jsonl.gz'))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { text: string; ids: number[] })

describe('encode', () => {
  it(`gives the Python tokenizer’s ids for ${captions.length} captions (test/parity/tokenizer.py)`, () => {
    expect(captions.length).toBeGreaterThan(1000)
    const different = captions.filter(({ text, ids }) => tokenizer.encode(text).join() !== ids.join())
    expect(different).toEqual([])
  })

  it('encodes without start and end token', () => {
    expect(tokenizer.encode('a photo of a cat')).toEqual([320, 1125, 539, 320, 2368])
  })

  it.each(['', ' \n\t', '\ufeff'])('gives no ids for %j', (text) => {
    expect(tokenizer.encode(text)).toEqual([])
  })

  it('reads the text of a special token as that token', () => {
    expect(tokenizer.encode('<start_of_text>a<end_of_text>')).toEqual([49406, 320, 49407])
  })

  it('reads a lone surrogate as the replacement character', () => {
    expect(tokenizer.encode('a\ud800b')).toEqual(tokenizer.encode('a\ufffdb'))
  })

  it('accepts a word of a million letters', () => {
    const ids = tokenizer.encode('ab'.repeat(500_000))
    expect(tokenizer.decode(ids)).toBe('ab'.repeat(500_000) + ' ')
  })

  it('gives the same ids for words in the cache', () => {
    for (let i = 0; i < 70_000; i++) tokenizer.encode(`w${i.toString(36)}`)
    expect(tokenizer.encode('a photo of a cat')).toEqual([320, 1125, 539, 320, 2368])
  })

  it('refuses values that are not strings', () => {
    expect(() => tokenizer.encode(undefined as unknown as string)).toThrow(/text: expected a string; got undefined/)
    expect(() => tokenizer.encode(null as unknown as string)).toThrow(/got null/)
  })
})

describe('tokenize', () => {
  it('puts start and end token around each text, and zeros after it', () => {
    const { ids, shape, lengths, untruncatedLengths } = tokenizer.tokenize(['a cat', ''])
    expect(shape).toEqual([2, 77])
    expect([...ids.subarray(0, 6)]).toEqual([49406, 320, 2368, 49407, 0, 0])
    expect([...ids.subarray(77, 80)]).toEqual([49406, 49407, 0])
    expect([...lengths]).toEqual([4, 2])
    expect([...untruncatedLengths]).toEqual([4, 2])
  })

  it('cuts long texts, keeps the end token, and says how long they were', async () => {
    const short = await Tokenizer.load({ contextLength: 5 })
    const { ids, lengths, untruncatedLengths } = short.tokenize('a photo of a cat')
    expect([...ids]).toEqual([49406, 320, 1125, 539, 49407])
    expect([...lengths]).toEqual([5])
    expect([...untruncatedLengths]).toEqual([7])
  })

  it('gives each text the same row as alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), (texts) => {
        const { ids } = tokenizer.tokenize(texts)
        texts.forEach((text, i) => {
          expect(ids.subarray(i * 77, (i + 1) * 77)).toEqual(tokenizer.tokenize(text).ids)
        })
      }),
      { numRuns: 50 },
    )
  })

  it.each([1, 0, 2.5, NaN])('refuses a context of %d tokens', async (contextLength) => {
    await expect(Tokenizer.load({ contextLength })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('decode', () => {
  it('gives lower case with a space after each word', () => {
    expect(tokenizer.decode(tokenizer.encode('Two CATS, 日本語 ☕️'))).toBe('two cats , 日本語 ☕️ ')
  })

  it('gives back words of ASCII letters', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), (words) => {
        expect(tokenizer.decode(tokenizer.encode(words.join(' '))).trimEnd()).toBe(words.join(' '))
      }),
    )
  })

  it('loses nothing but white space and case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -%'-~]*$/), (text) => {
        const squeezed = (s: string) => s.replaceAll(' ', '').toLowerCase()
        expect(squeezed(tokenizer.decode(tokenizer.encode(text)))).toBe(squeezed(text))
      }),
    )
  })

  it('replaces bytes that are not UTF-8', () => {
    const [first] = tokenizer.encode('語')
    expect(tokenizer.decode([first!]).trimEnd()).toBe('�')
  })

  it.each([-1, 49408, 1.5, NaN])('refuses the id %d', (id) => {
    expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

it('shows tokens as people read them', () => {
  expect(tokenizer.tokens('a tabby whisker')).toEqual(['a ', 'tabby ', 'whis', 'ker '])
})

it('never fails and never exceeds the vocabulary, whatever the text', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())
  fc.assert(
    fc.property(anything, (text) => {
      for (const id of tokenizer.encode(text)) {
        expect(Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
