/** The option `contextLength` of `DreamLIP.load`: positions are stretched, and saving preserves the length. */
import { beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, LongCaptionDataset, Trainer } from '../../../src/index.node.ts'
import { stretchTextPositionEmbedding } from '../../../src/models/layers/position-embedding'
import { largestDifference } from '../../ops/compare'
import { photos, tiny } from '../../training/tiny'

let file: Blob
let positions: Float32Array
const short = ['a cat', 'two dogs on a red sofa']
const long = 'a wide picture of a cat and a dog. '.repeat(12)

beforeAll(async () => {
  const model = await DreamLIP.create(tiny, { seed: 2 })
  file = await model.toBlob()
  positions = Float32Array.from(await model.parameters.get('positional_embedding')!.read())
  model.dispose()
})

const load = (contextLength: number) => DreamLIP.load(file, { contextLength })

describe('contextLength', () => {
  it('stretches positions as Long-CLIP does, reads longer texts, and leaves short ones as they were', async () => {
    const [original, model] = await Promise.all([DreamLIP.load(file), load(248)])
    expect(model.config.text.contextLength).toBe(248)
    const stretched = await model.parameters.get('positional_embedding')!.read()
    expect(stretched).toEqual(stretchTextPositionEmbedding(positions, 8, 77, 248))
    // Their tokens are among the first 20, whose positions are kept.
    expect((await model.encodeText(short)).data).toEqual((await original.encodeText(short)).data)
    expect((await original.encodeText(long)).truncated).toHaveLength(1)
    expect((await model.encodeText(long)).truncated).toEqual([])
    for (const each of [original, model]) each.dispose()
  })

  it('is kept when the model is trained, saved and loaded', async () => {
    const model = await load(120)
    const records = photos(4).map((record) => ({ ...record, raw: long }))
    const { contextLength } = model.config.text
    const data = LongCaptionDataset.of(records).loader({
      batchSize: 4,
      imageSize: 16,
      texts: { count: 1 },
      contextLength,
    })
    const before = (await model.encodeText(long)).data
    const { loss } = await new Trainer({ model, data, progress: false }).fit({ steps: 2 })
    expect(loss).toBeGreaterThan(0)
    const trained = await model.encodeText(long)
    expect(largestDifference(trained.data, before)).toBeGreaterThan(0)
    const again = await DreamLIP.load(await model.toBlob())
    expect(again.config.text.contextLength).toBe(120)
    expect((await again.encodeText(long)).data).toEqual(trained.data)
    for (const each of [model, again]) each.dispose()
  })

  it.each([1, 2.5, 10_000, '248'])('refuses %j', async (contextLength) => {
    await expect(load(contextLength as number)).rejects.toThrow(/contextLength: expected a whole number from 2 to 8192/)
  })
})
