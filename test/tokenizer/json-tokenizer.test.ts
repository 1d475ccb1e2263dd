/** Tokenizers from tokenizer.json: their ids must equal those of Python's `tokenizers`. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIPError } from '../../src/errors'
import { createRandom } from '../../src/random'
import { loadJSONTokenizer } from '../../src/tokenizer/json-tokenizer'
import { pythonHas } from '../parity/python'

const script = fileURLToPath(new URL('../parity/json-tokenizers.py', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-tokenizers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Real captions from the JSON file in this variable, otherwise invented ones. */
const captions: readonly string[] = process.env.DREAMLIP_CAPTIONS
  ? (JSON.parse(readFileSync(process.env.DREAMLIP_CAPTIONS, 'utf8')) as string[])
  : inventedCaptions(2000)

function inventedCaptions(count: number): string[] {
  const words =
    'a the red Red BUS bus waits at café naïve street, people (two) cross. “Quoted” it’s 3 1984 half-way ﬁne ½ Ⅳ ß Straße ΟΔΟΣ 漢字 日本語 emoji 😀 👩‍👩‍👧 x_y snake_case   tabs\tnew\nlines é e\u0301 — … & &amp; <b> ▁ ▁odd <eos>'.split(
      ' ',
    )
  const random = createRandom(4)
  const word = () => words[Math.floor(random.uniform() * words.length)]!
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(random.uniform() * 90) }, word).join(' '),
  )
}

const kinds = [
  ['unigram', { cleaning: 'siglip', padId: 1 }],
  ['gemma', { cleaning: 'lower-only', padId: 0 }],
] as const

describe.runIf(pythonHas('tokenizers'))('a tokenizer.json', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'captions.json'), JSON.stringify(captions))
    execFileSync(process.env.PYTHON ?? 'python3', [script, folder, join(folder, 'captions.json')], { stdio: 'pipe' })
  }, 300_000)

  it.each(kinds)('gives the ids of Python: %s', async (kind, options) => {
    const tokenizer = await loadJSONTokenizer(filesOf(kind), { contextLength: 64, vocabularySize: 2000, ...options })
    const expected = readJSON(`${kind}.json`) as number[][]
    const { ids, shape } = tokenizer.tokenize(captions)
    expect(shape).toEqual([captions.length, 64])
    const wrong = captions.filter((_, i) => expected[i]!.some((id, at) => ids[i * 64 + at] !== id))
    expect(wrong.slice(0, 5)).toEqual([])
  })
})

function filesOf(kind: string) {
  return { name: `${kind}/tokenizer.json`, tokenizer: readJSON(`${kind}/tokenizer.json`) }
}

function readJSON(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

/** A tokenizer of whole words. */
const words = {
  version: '1.0',
  added_tokens: [
    { id: 1, content: '</s>', special: true, lstrip: false, rstrip: false, normalized: false, single_word: false },
  ],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [],
    special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
  },
  decoder: null,
  model: { type: 'WordLevel', vocab: { '<pad>': 0, '</s>': 1, '<unk>': 2, a: 3, cat: 4, dog: 5 }, unk_token: '<unk>' },
}
const small = { contextLength: 4, vocabularySize: 6 }

describe('rows of ids', () => {
  const load = (config?: object) => loadJSONTokenizer({ name: 'tokenizer.json', tokenizer: words, config }, small)

  it('end with the end token where texts are cut, and are filled on the right', async () => {
    const { ids, lengths, untruncatedLengths } = (await load()).tokenize(['a cat', 'a cat a dog a', ''])
    expect([...ids]).toEqual([3, 4, 1, 0, 3, 4, 3, 1, 1, 0, 0, 0])
    expect([...lengths]).toEqual([3, 4, 1])
    expect([...untruncatedLengths]).toEqual([3, 6, 1])
  })

  it('are filled as tokenizer_config.json says', async () => {
    const left = await load({ padding_side: 'left', pad_token: '</s>' })
    expect([...left.tokenize('a cat').ids]).toEqual([1, 3, 4, 1])
  })

  it('have no ids outside the model’s vocabulary', async () => {
    const tokenizer = await loadJSONTokenizer({ name: 'x.json', tokenizer: words }, { ...small, vocabularySize: 5 })
    expect(() => tokenizer.encode('dog')).toThrow(
      /x\.json: it gives the id 5, but the model's vocabulary has 5 entries/,
    )
  })
})

describe('a file that is no tokenizer', () => {
  it('is refused, whatever is in it', async () => {
    const json = JSON.stringify(words)
    const damaged = fc
      .tuple(fc.integer({ min: 0, max: json.length }), fc.integer({ min: 0, max: 12 }), fc.string({ maxLength: 6 }))
      .map(([at, length, text]) => json.slice(0, at) + text + json.slice(at + length))
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.json()), async (text) => {
        let value: unknown
        try {
          value = JSON.parse(text)
        } catch {
          return
        }
        try {
          ;(await loadJSONTokenizer({ name: 'tokenizer.json', tokenizer: value }, small)).tokenize(['a cat', ''])
        } catch (error) {
          expect(error).toBeInstanceOf(DreamLIPError)
        }
      }),
      { numRuns: 300 },
    )
  })
})
