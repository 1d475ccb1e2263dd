/** Models whose file contains only a part of the token table. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModel, DreamLIP, readCheckpoint, safetensorsBlob, Tokenizer } from '../../src/index'
import type { Embeddings, HostTensor, OpenCLIPConfig } from '../../src/index'

const config: OpenCLIPConfig = {
  embed_dim: 16,
  quick_gelu: true,
  vision_cfg: { image_size: 32, layers: 1, width: 24, head_width: 8, patch_size: 16 },
  text_cfg: { context_length: 20, vocab_size: 49_408, width: 24, heads: 3, layers: 1 },
}
const texts = ['a red heart above a cat', 'The moon is small.', 'two cats']
const pixels = {
  pixels: Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
  shape: [1, 3, 32, 32] as const,
}

let original: DreamLIP
let whole: Blob
let pruned: Blob

beforeAll(async () => {
  const local: HostTensor = { data: Float32Array.of(1.25), shape: [], dtype: 'float32' }
  const { parameters } = createModel(config, { seed: 3 })
  const metadata = { config: JSON.stringify(config), trained_with_grouping: 'true' }
  whole = safetensorsBlob(new Map<string, HostTensor>([...parameters, ['logit_scale_local', local]]), metadata)
  original = await DreamLIP.load(whole)
  const { ids } = (await Tokenizer.load()).tokenize(texts)
  pruned = await original.toBlob({ tokens: ids, metadata: { licence: 'CC0', config: 'not this' } })
})
afterAll(() => original.dispose())

const values = ({ data }: Embeddings) => [...data]

describe('a model saved with some tokens', () => {
  it('embeds texts of those tokens, and images, like the whole model', async () => {
    const model = await DreamLIP.load(pruned)
    expect(values(await model.encodeText(texts))).toEqual(values(await original.encodeText(texts)))
    expect(values(await model.encodeImage(pixels))).toEqual(values(await original.encodeImage(pixels)))
    model.dispose()
  })

  it('embeds texts of unknown tokens, but cannot tell them apart', async () => {
    const model = await DreamLIP.load(pruned)
    const [a, b, c] = await Promise.all(['a dog', 'a zebra', 'a cat'].map((text) => model.encodeText(text)))
    model.dispose()
    expect(values(a!)).toEqual(values(b!))
    expect(values(a!)).not.toEqual(values(c!))
  })

  it('is smaller by the rows that are left out, and by nothing else', async () => {
    const [all, some] = await Promise.all([whole, pruned].map((blob) => readCheckpoint(blob)))
    const rows = new Set((await Tokenizer.load()).tokenize(texts).ids).size
    expect(some!.tensors.get('token_embedding.weight')!.shape).toEqual([rows, 24])
    expect(some!.tensors.get('token_embedding.ids')!.shape).toEqual([rows])
    expect(some!.tensors.size).toBe(all!.tensors.size + 1)
    expect(whole.size - pruned.size).toBeGreaterThan((49_408 - rows) * 24 * 4 - rows * 4 - 1000)
  })

  it('keeps its config, its grouping, every parameter and the caller’s metadata', async () => {
    const model = await DreamLIP.load(pruned)
    expect(model.config).toEqual(original.config)
    expect(model.attention).toBe('standard')
    expect([...model.parameters.keys()].sort()).toEqual([...original.parameters.keys()].sort())
    expect(model.parameters.get('logit_scale_local')!.data).toEqual(Float32Array.of(1.25))
    expect(model.parameters.get('token_embedding.weight')!.shape).toEqual([49_408, 24])
    model.dispose()
    const { metadata } = await readCheckpoint(pruned)
    expect(metadata).toMatchObject({ licence: 'CC0', trained_with_grouping: 'true' })
    expect(JSON.parse(metadata['config'] as string)).toMatchObject({ embed_dim: 16, quick_gelu: true })
  })

  it('needs half the space in float16, and gives nearly the same embeddings', async () => {
    const { ids } = (await Tokenizer.load()).tokenize(texts)
    const half = await original.toBlob({ dtype: 'float16', tokens: ids })
    const model = await DreamLIP.load(half)
    const { data } = await model.similarity(await model.encodeText(texts), await original.encodeText(texts))
    model.dispose()
    expect(half.size).toBeLessThan(0.6 * pruned.size)
    for (let i = 0; i < texts.length; i++) expect(data[i * texts.length + i]).toBeGreaterThan(0.9999)
  })

  it('refuses tokens that the vocabulary does not have', async () => {
    await expect(original.toBlob({ tokens: [49_408] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

it('assumes CLIP’s vocabulary for a pruned file without a config', async () => {
  const { parameters } = createModel({
    embed_dim: 8,
    vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 16 },
    text_cfg: { width: 64, heads: 1, layers: 1 },
  })
  const rows = { data: new Float32Array(2 * 64).fill(1, 64), shape: [2, 64], dtype: 'float32' } as const
  const ids = { data: Int32Array.of(49_406, 49_407), shape: [2], dtype: 'int32' } as const
  const table = { 'token_embedding.weight': rows, 'token_embedding.ids': ids }
  const model = await DreamLIP.load(safetensorsBlob({ ...Object.fromEntries(parameters), ...table }))
  const { data, shape } = model.parameters.get('token_embedding.weight')!
  expect(shape).toEqual([49_408, 64])
  expect([data.at(0), data.at(-65), data.at(-1)]).toEqual([0.5, 0, 1])
  model.dispose()
})
