/** The inputs of a model in real Chromium: pixels and token ids must equal Node's. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { preprocessImage, saveEmbeddings, Tokenizer, topK, type PreprocessOptions } from '../../src/index.node.ts'
import { describeInChromium } from './chromium'
import { madeFiles, usePage } from './in-page'

const { texts, tokens } = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
  texts: string[]
  tokens: number[][]
}

describeInChromium('inputs in the browser', () => {
  const here = usePage()

  const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg']
  const options: PreprocessOptions[] = [
    {},
    { size: 96, resizeMode: 'longest' },
    { size: 336, resizeMode: 'squash' },
    { size: 64, interpolation: 'lanczos' },
  ]
  it.each(photos.flatMap((photo) => options.map((option) => [photo, option] as const)))(
    'prepares %s with %o to the same bytes',
    async (photo, option) => {
      const { data, shape } = await preprocessImage(`examples/photos/${photo}`, option)
      const sha256 = createHash('sha256').update(data).digest('hex')
      const inPage = await here.page.evaluate(([photo, option]) => window.page.preprocess(`/photos/${photo}`, option), [
        photo,
        option,
      ] as const)
      expect(inPage).toEqual({ shape, sha256 })
    },
  )

  it.each(['horse.png', 'green_palette.png'])(
    'prepares %s, with alpha or a palette, to the same bytes',
    async (name) => {
      const { data, shape } = await preprocessImage(`test/fixtures/images/${name}`, { size: 64 })
      const inPage = await here.page.evaluate((name) => window.page.preprocess(`/images/${name}`, { size: 64 }), name)
      expect(inPage).toEqual({ shape, sha256: createHash('sha256').update(data).digest('hex') })
    },
  )

  it('makes training batches of Blobs and ImageData', async () => {
    const { pixels, captions } = await here.page.evaluate(() => window.page.firstBatch('/photos/rocket.jpg', 32))
    const expected = [...(await preprocessImage('examples/photos/rocket.jpg', { size: 32 })).data]
    expect(pixels.slice(0, expected.length)).toEqual(expected)
    // A canvas's pixels have alpha, which causes rounding.
    const largest = Math.max(...expected.map((value, i) => Math.abs(value - pixels[expected.length + i]!)))
    expect(largest).toBeLessThan(0.05)
    expect(captions.map((texts) => texts.length)).toEqual([2, 2])
  })

  it.each(['npy', 'safetensors'])(
    'reads embeddings from a .%s file with their names, and searches them',
    async (ending) => {
      const rows = Float32Array.of(1, 2, 3, -3, 2, 1, 1, 2, 2)
      const embeddings = { data: rows, shape: [3, 3] as [number, number], names: ['a.jpg', 'b.jpg', 'c.jpg'] }
      await saveEmbeddings(`${madeFiles}/photos.${ending}`, embeddings)
      const inPage = await here.page.evaluate((file) => window.page.search(file, 0, 2), `/made/photos.${ending}`)
      const hits = topK(embeddings, rows.slice(0, 3), 2)
      expect(inPage).toEqual({ shape: [3, 3], names: embeddings.names, same: true, hits })
    },
  )

  it('says how to serve a released checkpoint, which a page cannot download', async () => {
    expect(await here.page.evaluate(() => window.page.errorOfName('cc3m'))).toEqual({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^cc3m: browsers cannot download .* npx dreamlip download cc3m, /) as string,
    })
  })

  it('tokenizes as Node and Python do', async () => {
    const inPage = await here.page.evaluate((texts) => window.page.tokenize(texts), texts)
    const tokenizer = await Tokenizer.load()
    expect(inPage).toEqual(texts.map((text) => tokenizer.encode(text)))
    expect(inPage).toEqual(tokens.map((ids) => ids.slice(1, -1)))
  })
})
