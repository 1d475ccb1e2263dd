/** Models accept the results of `Tokenizer.tokenize` and `preprocessImage`, with the same embeddings as for texts and images. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, preprocessImage, Tokenizer, type RawImage } from '../../src/index'

const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 2, width: 32, head_width: 16, patch_size: 8 },
  text_cfg: { context_length: 20, vocab_size: 49408, width: 32, heads: 2, layers: 2 },
}
const photo = 'examples/photos/coffee.png'

describe.each([
  { device: 'cpu', runtime: 'compiled' },
  { device: 'wasm', runtime: 'eager' },
] as const)('on %o', (options) => {
  let model: DreamLIP
  let tokenizer: Tokenizer
  beforeAll(async () => {
    model = await DreamLIP.create(config, { ...options, seed: 5 })
    tokenizer = await Tokenizer.load({ contextLength: model.config.text.contextLength })
  })
  afterAll(() => model.dispose())

  const prepare = (image: RawImage | string) => preprocessImage(image, { size: 32, ...model.preprocessing })

  it('embeds tokenized texts as it embeds the texts, bit for bit', async () => {
    const word = fc.constantFrom('cat', 'a', 'red bus', '<end_of_text>', '日本', "it's", '!', 'supercalifragilistic')
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 6 }), async (texts) => {
        expect(await model.encodeText(tokenizer.tokenize(texts))).toEqual(await model.encodeText(texts))
      }),
      { numRuns: 40 },
    )
  })

  it('embeds preprocessed images as it embeds the images, bit for bit, alone and in lists of both', async () => {
    const image = fc
      .record({ width: fc.integer({ min: 1, max: 50 }), height: fc.integer({ min: 1, max: 50 }), byte: fc.nat(255) })
      .map(({ width, height, byte }): RawImage => {
        const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * byte + byte) % 256)
        return { data, width, height, channels: 3 }
      })
    const listed = fc.tuple(fc.oneof({ weight: 4, arbitrary: image }, fc.constant(photo)), fc.boolean())
    await fc.assert(
      fc.asyncProperty(
        fc.array(listed, { maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (images, batchSize) => {
          const expected = await model.encodeImage(
            images.map(([image]) => image),
            { batchSize },
          )
          const mixed = await Promise.all(images.map(([image, isPrepared]) => (isPrepared ? prepare(image) : image)))
          expect(await model.encodeImage(mixed, { batchSize })).toEqual(expected)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('accepts one preprocessed image, and several in one array under either name', async () => {
    const prepared = await prepare(photo)
    const expected = await model.encodeImage([photo, photo])
    expect(await model.encodeImage(prepared)).toEqual(await model.encodeImage(photo))
    const pixels = new Float32Array([...prepared.data, ...prepared.data])
    const shape = [2, 3, 32, 32] as const
    expect(await model.encodeImage({ data: pixels, shape })).toEqual(expected)
    expect(await model.encodeImage({ pixels, shape })).toEqual(expected)
  })

  it('compares and classifies them', async () => {
    const prepared = await prepare(photo)
    const texts = ['a cup of coffee', 'a cat']
    const cosines = await model.similarity(photo, texts)
    expect(await model.similarity(prepared, tokenizer.tokenize(texts))).toEqual(cosines)
    expect(await model.classify([prepared, photo], texts)).toEqual(await model.classify([photo, photo], texts))
    expect(await model.encodePatches(prepared)).toEqual(await model.encodePatches(photo))
  })
})

describe('wrong input', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(config, { device: 'wasm', runtime: 'eager' })
  })
  afterAll(() => model.dispose())

  const ids = Int32Array.of(49406, 320, 49407, 0)
  it.each([
    [{ ids: [...ids], shape: [1, 4] }, /texts\.ids: expected an Int32Array; got \[49406, 320, 49407, 0\]/],
    [{ ids, shape: [4] }, /texts\.shape: expected \[texts, contextLength\]; got \[4\]/],
    [{ ids, shape: [2, 4] }, /texts\.ids: expected 2 rows of 4 ids/],
    [{ ids, shape: [4, 1] }, /texts\.ids, row 0: expected the end token 49407/],
    [{ ids: new Int32Array(21).fill(1).fill(49407, 20), shape: [1, 21] }, /row 0: expected 1 to 20 ids; got 21/],
    [{ ids: Int32Array.of(49408), shape: [1, 1] }, /row 0\[0\]: expected ids from 0 to 49407; got 49408/],
    [{ ids, shape: [1, 4], untruncatedLengths: [3] }, /texts\.untruncatedLengths: expected an Int32Array of 1/],
    [7, /texts: expected a text, an array of texts, the result of Tokenizer.tokenize\(\), or token ids \{ tokens: /],
  ])('refuses the texts %j', async (texts, message) => {
    await expect(model.encodeText(texts as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })

  const data = new Float32Array(3 * 32 * 32)
  it.each([
    [
      'of another size',
      { data: new Float32Array(3 * 16 * 16), shape: [3, 16, 16] },
      /images: expected shape \[3, 32, 32\]/,
    ],
    [
      'in a list',
      [photo, { data, shape: [3, 16, 64] }],
      /images\[1\]: expected shape \[3, 32, 32\].*got \[3, 16, 64\]/,
    ],
    [
      'of too few values',
      { data: data.subarray(1), shape: [3, 32, 32] },
      /There are 3071 values\. Prepare images with/,
    ],
    [
      'of bytes',
      { data: new Uint8Array(3072), shape: [3, 32, 32] },
      /images: expected a Float32Array of shape \[3, 32, 32\]/,
    ],
    ['in an array of another size', { data, shape: [1, 3, 64, 16] }, /images: expected shape \[n, 3, 32, 32\]/],
    [
      'that are NaN',
      [{ data: data.slice().fill(NaN, 7, 8), shape: [3, 32, 32] }],
      /images\[0\]: expected finite values/,
    ],
    ['of another type', 7, /images: expected an image: .* or the result of preprocessImage\(\); got 7/],
  ])('refuses preprocessed images %s', async (_, images, message) => {
    await expect(model.encodeImage(images as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })
})

it('reads the embedding of a text that contains `<end_of_text>` at its first end token, as the reference does', async () => {
  const model = await DreamLIP.create(config, { device: 'wasm', runtime: 'eager' })
  const [spelled, plain] = [await model.encodeText('a cat <end_of_text> a dog'), await model.encodeText('a cat')]
  expect(spelled.data).toEqual(plain.data)
  model.dispose()
})
