/** The second stage of a search with a FLAIR model, whose weights are a pattern: it ranks by the scores of `match`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DreamLIP, encodePNG, safetensorsBlob, searchImages } from '../../../../src/index'
import { parseConfig } from '../../../../src/models/config/config'
import { plainPicture } from '../../../evaluation/small-model'
import { patternWeights } from '../../../models/pattern'
import { memoryStore } from '../memory-store'

const config = {
  family: 'flair',
  embed_dim: 64,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 16, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}
const sentences = ['a red dog', 'the sea', 'two small boats']
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-look-'))
const paths = Array.from({ length: 12 }, (_, i) => join(folder, `${i}.png`))
const store = memoryStore(64)
let model: DreamLIP

beforeAll(async () => {
  const weights = [...patternWeights(parseConfig(config))].map(
    ([name, value]) => [name, { ...value, dtype: 'float32' }] as const,
  )
  model = await DreamLIP.load(safetensorsBlob(new Map(weights)), { device: 'cpu', config })
  for (const [i, path] of paths.entries()) {
    writeFileSync(path, await encodePNG(plainPicture((i * 37) % 256, (i * 91) % 256, 20 * i)))
  }
  await store.add(paths, (await model.encodeImage(paths)).data)
})
afterAll(() => {
  model.dispose()
  rmSync(folder, { recursive: true, force: true })
})

it('ranks by how likely all sentences are, as `match` says', async () => {
  const { hits } = await searchImages({ store, model }, sentences, { topK: 12 })
  const { data } = await model.match(paths, sentences)
  const likelihood = (i: number) => [0, 1, 2].reduce((sum, s) => sum - Math.log1p(Math.exp(-data[i * 3 + s]!)), 0)
  const expected = paths
    .map((path, i) => ({ path, likelihood: likelihood(i) }))
    .sort((a, b) => b.likelihood - a.likelihood)
  expect(hits.map(({ path }) => path)).toEqual(expected.map(({ path }) => path))
  const at = paths.indexOf(hits[0]!.path)
  hits[0]!.sentences.forEach(({ match }, s) => expect(match).toBeCloseTo(data[at * 3 + s]!, 4))
})

it('ranks by embeddings without it, and differently', async () => {
  const { hits } = await searchImages({ store, model }, sentences, { topK: 12, rerank: false })
  const { hits: again } = await searchImages({ store, model }, sentences, { topK: 12 })
  expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a))
  expect(hits.map(({ path }) => path)).not.toEqual(again.map(({ path }) => path))
  expect(hits[0]!.sentences[0]).not.toHaveProperty('match')
})

it('does not look again for a picture or a sum: the second stage knows sentences only', async () => {
  for (const query of [{ image: paths[0]!, text: sentences }, '"a red dog" - "the sea"']) {
    const { hits } = await searchImages({ store, model }, query, { topK: 1 })
    expect(hits[0]!.sentences.length).toBeGreaterThan(1)
    expect(hits[0]!.sentences[0]).not.toHaveProperty('match')
  }
})

it('keeps pictures that cannot be read, behind the others', async () => {
  await store.add([join(folder, 'gone.png')], await store.vectors([paths[0]!]))
  const { hits } = await searchImages({ store, model }, sentences, { topK: 13 })
  await store.remove([join(folder, 'gone.png')])
  expect(hits).toHaveLength(13)
  expect(hits.at(-1)!.path).toContain('gone.png')
})

it('reads pictures as the collection says', async () => {
  const asked: string[] = []
  const readImage = (id: string) => {
    asked.push(id)
    return paths[0]!
  }
  const { hits } = await searchImages({ store, model, readImage }, sentences, { topK: 2 })
  expect(asked.sort()).toEqual([...paths].sort())
  expect(hits[0]!.sentences[0]!.match).toBeCloseTo(hits[1]!.sentences[0]!.match!, 5)
})
