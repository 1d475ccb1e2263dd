/** Uses the toy family in a copy of the package to which it was added (test/models/families.test.ts), and prints the results. */
import { pathToFileURL } from 'node:url'

const { DreamLIP, safetensorsBlob } = (await import(
  pathToFileURL('src/index.node.ts').href
)) as typeof import('../../../src/index.node.ts')

const config = {
  family: 'toy',
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 8, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}
const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 37) % 256)
const image = { data, width: 16, height: 16, channels: 3 as const }
const texts = ['a red bus', 'a cat']

const model = await DreamLIP.create(config, { seed: 4 })
const { patches } = await model.encodePatches(image, { project: true })
const embeddings = await model.encodeText(texts)
const best = texts.map((_, text) => {
  const cosines = [0, 1, 2, 3].map((patch) =>
    Array.from({ length: 16 }, (_, i) => patches.data[patch * 16 + i]! * embeddings.data[text * 16 + i]!),
  )
  return Math.max(...cosines.map((products) => products.reduce((sum, product) => sum + product, 0)))
})
const { data: scores } = await model.match(image, texts)

// A file like one from the toy's own training.
const theirs = [...model.parameters].map(([name, value]) => {
  const isOfTexts = /^(?:transformer|token_embedding|positional_embedding|ln_final|text_projection)/.test(name)
  const given = name.startsWith('visual.') ? name.replace('visual.', 'eye.') : isOfTexts ? `ear.${name}` : name
  return [given, { data: value.data, shape: value.shape, dtype: 'float32' as const }] as const
})
const warnings: string[] = []
const loaded = await DreamLIP.load(safetensorsBlob(new Map(theirs)), { onWarning: (text) => warnings.push(text) })
const again = await DreamLIP.load(await loaded.toBlob())
console.log(
  JSON.stringify({
    best,
    scores: [...scores],
    family: again.config.family,
    same: [...(await again.match(image, texts)).data].every((score, i) => score === scores[i]),
    ranked: (await model.rank(texts[0]!, [image])).length,
    warnings,
  }),
)
model.dispose()
loaded.dispose()
again.dispose()
