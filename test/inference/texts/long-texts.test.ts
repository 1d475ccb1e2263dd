/** The option `long`, for texts that are longer than the context. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  buildZeroShotClassifier,
  DreamLIP,
  evaluateRetrieval,
  longTextModes,
  row,
  splitCaption,
  Tokenizer,
  type Embeddings,
  type Progress,
} from '../../../src/index.node.ts'
import { stateOf } from '../../../src/inference/model-state'
import { largestDifference } from '../../ops/compare'

const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 20, vocab_size: 49408, width: 64, heads: 1, layers: 2 },
}
const picture = { data: new Uint8Array(3 * 16 * 16).fill(90), width: 16, height: 16, channels: 3 as const }
const sentences = [
  'A red bus waits near the old stone bridge',
  'Two people cross it slowly',
  'Heavy rain falls on their umbrellas',
  'Behind them, a dog sleeps',
]
const caption = sentences.map((sentence) => `${sentence}.`).join(' ')
/** One sentence that is longer than the context. */
const sentence =
  'a long list of cats and dogs and birds and bees and trees and seas and keys and knees and teas and peas'

let model: DreamLIP
let tokenizer: Tokenizer
const warnings: string[] = []

beforeAll(async () => {
  model = await DreamLIP.create(config, { device: 'cpu' })
  tokenizer = await Tokenizer.load({ contextLength: 200 })
})
afterAll(() => model.dispose())

/** The direction of the mean of rows. */
function unitMeanOf({ data, shape: [rows, width] }: Embeddings): Float32Array {
  const sum = new Float32Array(width)
  for (let i = 0; i < rows; i++) {
    const vector = data.subarray(i * width, (i + 1) * width)
    const norm = Math.hypot(...vector)
    vector.forEach((value, d) => (sum[d]! += value / norm))
  }
  return sum.map((value) => value / Math.hypot(...sum))
}

/** A text as the rows of a longer tokenizer: more tokens than the model reads. */
const tokensOf = (text: string) => [tokenizer.startToken, ...tokenizer.encode(text), tokenizer.endToken]

describe('encodeText with long', () => {
  it('embeds texts that fit as they are, byte for byte, in every mode', async () => {
    const words = fc.constantFrom('cat', 'Two dogs.', 'rain', 'a bus!', 'over there')
    const texts = fc.array(
      fc.array(words, { maxLength: 6 }).map((list) => list.join(' ')),
      { minLength: 1, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(texts, fc.boolean(), async (list, normalize) => {
        const plain = await model.encodeText(list, { normalize })
        for (const long of longTextModes) {
          const { data, truncated } = await model.encodeText(list, { normalize, long })
          expect(data).toEqual(plain.data)
          expect(truncated).toEqual([])
        }
      }),
      { numRuns: 20 },
    )
  })

  it('sentences: averages the unit embeddings of the sentences', async () => {
    const { data, shape, truncated } = await model.encodeText(caption, { long: 'sentences' })
    expect(shape).toEqual([1, 16])
    expect(truncated).toEqual([])
    expect(largestDifference(data, unitMeanOf(await model.encodeText(splitCaption(caption))))).toBeLessThan(1e-6)
  })

  it('leaves the mean at its length without normalize', async () => {
    const { data } = await model.encodeText(caption, { long: 'sentences', normalize: false })
    const each = await model.encodeText(sentences)
    const mean = Float32Array.from({ length: 16 }, (_, d) =>
      sentences.reduce((sum, _, i) => sum + row(each, i)[d]! / sentences.length, 0),
    )
    expect(largestDifference(data, mean)).toBeLessThan(1e-6)
    expect(Math.hypot(...data)).toBeLessThan(1)
  })

  it('windows: reads whole words up to the end, each window a quarter into the last', async () => {
    const words = sentence.split(' ')
    expect(tokenizer.encode(sentence)).toHaveLength(words.length)
    const windows = [words.slice(0, 18), words.slice(-18)].map((list) => list.join(' '))
    const { data } = await model.encodeText(sentence, { long: 'windows' })
    expect(largestDifference(data, unitMeanOf(await model.encodeText(windows)))).toBeLessThan(1e-6)
  })

  it('sentences: embeds a sentence that is itself too long in windows, and counts it once', async () => {
    const short = 'It rains'
    const { data } = await model.encodeText(`${short}. ${sentence}.`, { long: 'sentences' })
    const [whole, other] = await Promise.all([model.encodeText(sentence, { long: 'windows' }), model.encodeText(short)])
    const both: Embeddings = { data: Float32Array.of(...other.data, ...whole.data), shape: [2, 16] }
    expect(largestDifference(data, unitMeanOf(both))).toBeLessThan(1e-6)
    const alone = await model.encodeText(sentence, { long: 'sentences' })
    expect(alone.data).toEqual(whole.data)
  })

  it('sentences: embeds a long text without words in windows', async () => {
    const dots = '. '.repeat(40)
    const [asSentences, asWindows] = await Promise.all([
      model.encodeText(dots, { long: 'sentences' }),
      model.encodeText(dots, { long: 'windows' }),
    ])
    expect(asSentences.data).toEqual(asWindows.data)
  })

  it.each(['sentences', 'windows'] as const)('%s: keeps the order, and empty texts', async (long) => {
    const texts = ['', caption, 'a cat', sentence, '', caption]
    const together = await model.encodeText(texts, { long, batchSize: 3 })
    for (const [i, text] of texts.entries()) {
      const alone = await model.encodeText(text, { long })
      expect(largestDifference(row(together, i), alone.data)).toBeLessThan(1e-6)
    }
    expect((await model.encodeText([], { long })).shape).toEqual([0, 16])
  })

  it('counts texts, not pieces, in onProgress', async () => {
    const seen: Progress[] = []
    const texts = [caption, 'a cat', sentence]
    await model.encodeText(texts, { long: 'sentences', batchSize: 2, onProgress: (now) => seen.push(now) })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toEqual({ stage: 'texts', done: 3, total: 3 })
    expect(seen.every(({ total, done }) => total === 3 && Number.isInteger(done))).toBe(true)
  })

  it('windows: takes token ids that are longer than the context', async () => {
    const [ofText, ofIds, ofRows] = await Promise.all([
      model.encodeText(['a cat', caption], { long: 'windows' }),
      model.encodeText({ tokens: [tokensOf('a cat'), tokensOf(caption)] }, { long: 'windows' }),
      model.encodeText(tokenizer.tokenize(['a cat', caption]), { long: 'windows' }),
    ])
    expect(ofIds.data).toEqual(ofText.data)
    expect(ofRows.data).toEqual(ofText.data)
    expect(ofRows.truncated).toEqual([])
  })

  it('windows: cuts ids of another vocabulary anywhere', async () => {
    const other = await DreamLIP.create(
      { ...config, text_cfg: { ...config.text_cfg, vocab_size: 60, context_length: 6 } },
      { device: 'cpu' },
    )
    const { data } = await other.encodeText({ tokens: [[58, 1, 2, 3, 4, 5, 59]] }, { long: 'windows' })
    const windows = await other.encodeText({
      tokens: [
        [58, 1, 2, 3, 4, 59],
        [58, 2, 3, 4, 5, 59],
      ],
    })
    expect(largestDifference(data, unitMeanOf(windows))).toBeLessThan(1e-6)
    other.dispose()
  })

  it('refuses sentences of token ids, unknown modes, and long ids without windows', async () => {
    const tokens = { tokens: [tokensOf(caption)] }
    await expect(model.encodeText(tokens, { long: 'sentences' })).rejects.toThrow(
      /long: expected 'windows'.*Pass the texts/,
    )
    await expect(model.encodeText('a cat', { long: 'cut' as never })).rejects.toThrow(
      /long: expected one of .*windows; got "cut"/,
    )
    await expect(model.encodeText('a cat', { longs: 'windows' } as never)).rejects.toThrow(/did you mean long/)
    await expect(model.encodeText(tokens)).rejects.toThrow(/expected 1 to 20 ids.*or pass \{ long: 'windows' \}/)
  })

  it('refuses pieces for a model with room for start and end token only', async () => {
    const tiny = await DreamLIP.create({ ...config, text_cfg: { ...config.text_cfg, context_length: 2 } })
    await expect(tiny.encodeText('a cat', { long: 'windows' })).rejects.toThrow(/no room for pieces/)
    tiny.dispose()
  })

  it('embeds the pieces of calls at once in few runs', async () => {
    const calls = Array.from({ length: 12 }, (_, i) => () => model.encodeText(`${caption} ${i}`, { long: 'sentences' }))
    const alone: Embeddings[] = []
    for (const call of calls) alone.push(await call())
    const { programs } = stateOf(model).encoder
    const { run } = programs.text
    let runs = 0
    programs.text.run = (inputs) => (runs++, run(inputs))
    const together = await Promise.all(calls.map((call) => call()))
    programs.text.run = run
    expect(runs).toBeLessThanOrEqual(4)
    together.forEach(({ data }, i) => expect(largestDifference(data, alone[i]!.data)).toBeLessThan(1e-6))
  })

  it('names the text whose embedding is not finite', async () => {
    const { programs } = stateOf(model).encoder
    const { run } = programs.text
    programs.text.run = async (inputs) => {
      const { embeddings, ...rest } = await run(inputs)
      return { ...rest, embeddings: { ...embeddings, data: (embeddings.data as Float32Array).map(() => NaN) } }
    }
    await expect(model.encodeText([caption], { long: 'windows' })).rejects.toMatchObject({
      code: 'RUN_FAILED',
      index: 0,
      message: expect.stringContaining('texts[0]') as string,
    })
    programs.text.run = run
  })
})

describe.each([{ worker: false }, { worker: true }])('the methods that embed texts, $worker', ({ worker }) => {
  let own: DreamLIP
  beforeAll(async () => {
    warnings.length = 0
    const file = await model.toBlob()
    const options = { device: 'cpu', onWarning: (message: string) => warnings.push(message) } as const
    own = await DreamLIP.load(file, { ...options, worker })
  })
  afterAll(() => own.dispose())

  it('similarity, classify, ground, segment and evaluateRetrieval embed whole texts', async () => {
    const whole = await own.encodeText(caption, { long: 'sentences' })
    const cosines = await own.similarity(picture, caption, { long: 'sentences' })
    expect(largestDifference(cosines.data, (await own.similarity(picture, whole)).data)).toBeLessThan(1e-6)

    const options = { long: 'windows', templates: ['{}'] } as const
    const labels = [caption, `${caption} The sun sets`]
    const scores = (await own.classify(picture, labels, options))[0]!.map(({ score }) => score)
    // Both are equal up to the context length, so only whole labels differ.
    expect(scores[0]).not.toBe(scores[1])
    const cut = (await own.classify(picture, labels, { ...options, long: 'truncate' }))[0]!.map(({ score }) => score)
    expect(cut[0]).toBe(cut[1])

    const [map] = await own.ground(picture, [caption], { long: 'sentences' })
    const [first] = await own.ground(picture, [caption], { long: 'truncate' })
    expect(largestDifference(map!.data, first!.data)).toBeGreaterThan(1e-4)
    expect((await own.segment(picture, labels, { ...options })).shape).toEqual([16, 16])

    const samples = [
      { image: picture, captions: [caption, 'a cat'] },
      { image: picture, captions: [sentence] },
    ]
    const result = await evaluateRetrieval(own, samples)
    expect(result.truncated!.map(({ index }) => index)).toEqual([0, 2])
    expect((await evaluateRetrieval(own, samples, { long: 'sentences' })).truncated).toBeUndefined()
    expect(warnings).toEqual([])
  })

  it('buildZeroShotClassifier names the labels whose prompts were cut', async () => {
    const templates = ['{}', 'a photo of a {}.']
    const cut = await buildZeroShotClassifier(own, ['a cat', caption, 'a dog'], { templates })
    expect(cut.cutLabels).toEqual([caption])
    const whole = await buildZeroShotClassifier(own, ['a cat', caption, 'a dog'], { templates, long: 'windows' })
    expect(whole.cutLabels).toBeUndefined()
    expect(largestDifference(row(whole.embeddings, 1), row(cut.embeddings, 1))).toBeGreaterThan(1e-4)
  })

  it('warn once that texts were cut, where the result does not say so', async () => {
    await own.encodeText(caption)
    await own.similarity(picture, 'a cat')
    expect(warnings).toEqual([])
    await own.similarity(picture, ['a cat', caption])
    await own.ground(picture, [sentence])
    await own.classify(picture, [caption, 'a cat'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^1 text longer than the 20 tokens .*texts\[1\]: 3\d tokens.*long: 'sentences'/)
  })
})
