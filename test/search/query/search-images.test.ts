/** Searches of drawn scenes, with the model inside the package. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawTestScenes, type TestScene } from '../../../emoji-scenes/comparison/test-scenes'
import { createIcons } from '../../../emoji-scenes/icons/icons'
import {
  DreamLIP,
  encodePNG,
  findSimilar,
  searchImages,
  type DreamLIPError,
  type ImageCollection,
} from '../../../src/index'
import { memoryStore } from './memory-store'

let scenes: TestScene[]
let store: ReturnType<typeof memoryStore>
let collection: ImageCollection
const pathOf = (i: number) => `/scenes/${i % 2 === 0 ? 'even' : 'odd'}/${i}.png`
const longOf = (i: number) => scenes[i]!.captions.long.map(({ text }) => text)

beforeAll(async () => {
  const model = await DreamLIP.load()
  scenes = await drawTestScenes('held-out-styles', 60, 64, 1, createIcons())
  store = memoryStore(model.config.embedDim)
  const { data } = await model.encodeImage(scenes.map(({ image }) => image))
  const ids = scenes.map((_, i) => pathOf(i))
  const taken = Float64Array.from(ids, (_, i) => (i === 0 ? NaN : Date.UTC(2024, 0, i)))
  const hash = ids.map((_, i) => `hash ${i}`)
  await store.add(ids, data, { fields: { taken, hash, size: Float64Array.from(ids, (_, i) => 1000 * i) } })
  collection = { store, model }
})
afterAll(() => collection.model.dispose())

describe('searchImages', () => {
  it('finds most scenes by their descriptions, and says what each hit answers', async () => {
    let first = 0
    for (let i = 0; i < 20; i++) {
      const { hits, sentences } = await searchImages(collection, longOf(i).join(' '), { topK: 3 })
      if (hits[0]!.path === pathOf(i)) first++
      expect(hits).toHaveLength(3)
      expect(sentences.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1)
      for (const hit of hits) {
        expect(hit.sentences.map(({ text }) => text)).toEqual(sentences.map(({ text }) => text))
        expect(hit.missing).toEqual(hit.sentences.filter(({ answered }) => !answered).map(({ text }) => text))
        expect(hit.hash).toBe(`hash ${hit.path.match(/\d+/)![0]}`)
      }
      expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a))
    }
    expect(first).toBeGreaterThanOrEqual(14)
  })

  it('gives the cosines of the model', async () => {
    const [sentence] = longOf(3)
    const { hits } = await searchImages(collection, [sentence!], { topK: 60 })
    const cosines = await collection.model.similarity(scenes[3]!.image, [sentence!])
    expect(hits.find(({ path }) => path === pathOf(3))!.sentences[0]!.cosine).toBeCloseTo(cosines.data[0]!, 5)
    expect(hits.map(({ sentences }) => sentences[0]!.cosine)).toEqual(
      hits.map(({ sentences }) => sentences[0]!.cosine).sort((a, b) => b - a),
    )
  })

  it('finds by the sum of terms what the same sum of vectors finds', async () => {
    const { hits, sentences } = await searchImages(collection, '"a dog" + 0.5:"a tree" - "a car"', { topK: 5 })
    const { data } = await collection.model.encodeText(['a dog', 'a tree', 'a car'])
    const width = store.width
    const sum = data.slice(0, width).map((value, c) => value + 0.5 * data[width + c]! - data[2 * width + c]!)
    expect(hits.map(({ path }) => path)).toEqual((await store.search(sum, 5)).ids)
    expect(sentences.map(({ weight }) => weight)).toEqual([1, 0.5, -1])
    for (const { missing } of hits) expect(missing).not.toContain('a car')
  })

  it('finds by a picture, as pixels and as a file, alone and with a text', async () => {
    const { image } = scenes[7]!
    for (const query of [{ image }, new Blob([(await encodePNG(image)) as Uint8Array<ArrayBuffer>])]) {
      const { hits, fits, sentences } = await searchImages(collection, query, { topK: 2 })
      expect([hits[0]!.path, hits[0]!.sentences, sentences, fits]).toEqual([pathOf(7), [], [], true])
    }
    const { hits } = await searchImages(collection, { image, text: longOf(7).join(' ') }, { topK: 2 })
    expect(hits[0]!.path).toBe(pathOf(7))
    expect(hits[0]!.sentences).toHaveLength(new Set(longOf(7)).size)
  })

  it('leaves out what a filter refuses', async () => {
    const { hits } = await searchImages(collection, 'a dog', {
      topK: 60,
      folder: '/scenes/odd',
      taken: { from: Date.UTC(2024, 0, 5), to: Date.UTC(2024, 0, 15) },
      size: { to: 11_000 },
    })
    expect(hits.map(({ path }) => path).sort()).toEqual([5, 7, 9, 11].map(pathOf).sort())
    expect(await searchImages(collection, 'a dog', { folder: '/scenes/o' })).toMatchObject({ hits: [], fits: false })
  })

  it('searches once for one sentence, and draws the sample once', async () => {
    await searchImages(collection, 'a cat')
    const before = { ...store.calls }
    await searchImages(collection, 'a dog')
    expect(store.calls).toEqual({ search: before.search + 1, sample: before.sample })
  })

  it('searches once more than it has sentences for a long description', async () => {
    const sentences = [...new Set([0, 1, 2, 3, 4, 5, 6, 7].flatMap(longOf))]
    const before = store.calls.search
    const { hits } = await searchImages(collection, sentences, { topK: 8 })
    expect(sentences.length).toBeGreaterThan(40)
    expect(store.calls.search - before).toBe(sentences.length + 1)
    expect(hits[0]!.sentences).toHaveLength(sentences.length)
  })

  it('draws the sample again after the collection has changed', async () => {
    const before = store.calls.sample
    await store.add(['/extra.png'], await collection.model.encodeImage(scenes[0]!.image).then(({ data }) => data))
    const { hits } = await searchImages(collection, 'a dog', { topK: 100 })
    await store.remove(['/extra.png'])
    expect([store.calls.sample, hits.length]).toEqual([before + 1, 61])
  })

  it('finds nothing in an empty collection', async () => {
    const empty = { store: memoryStore(store.width), model: collection.model }
    expect(await searchImages(empty, 'A dog. A cat.')).toMatchObject({ hits: [], fits: false })
    expect(await findSimilar(empty, scenes[0]!.image)).toEqual([])
  })

  it.each([
    ['', {}, 'QUERY_INVALID'],
    ['"a dog" - "a dog"', {}, 'QUERY_INVALID'],
    [{ images: 'a.png' }, {}, 'INVALID_ARGUMENT'],
    [{ image: 5 }, {}, 'INVALID_ARGUMENT'],
    [['a', 5], {}, 'INVALID_ARGUMENT'],
    [null, {}, 'INVALID_ARGUMENT'],
    ['a dog', { topk: 5 }, 'INVALID_ARGUMENT'],
    ['a dog', { topK: 0 }, 'INVALID_ARGUMENT'],
    ['a dog', { rerank: 'yes' }, 'INVALID_ARGUMENT'],
    ['a dog', { long: 'short' }, 'INVALID_ARGUMENT'],
  ])('refuses %j with options %j', async (query, options, code) => {
    const error = await searchImages(collection, query as never, options as never).catch(
      (reason: DreamLIPError) => reason,
    )
    expect(error).toMatchObject({ code })
  })

  it('stops when it is told', async () => {
    await expect(searchImages(collection, 'a dog', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})

describe('findSimilar', () => {
  it('leaves out the picture itself when it is given by its id', async () => {
    const found = await findSimilar(collection, pathOf(4), { topK: 3 })
    expect(found.map(({ path }) => path)).toEqual(
      (await store.search(await store.vectors([pathOf(4)]), 4)).ids.slice(1),
    )
    expect(found[0]).toMatchObject({ hash: expect.stringMatching(/^hash/) as string })
  })

  it('finds the picture itself when it is given as pixels', async () => {
    const [first] = await findSimilar(collection, scenes[4]!.image, { topK: 3 })
    expect(first!.path).toBe(pathOf(4))
    expect(first!.score).toBeCloseTo(1, 4)
  })

  it('keeps to a threshold and a filter', async () => {
    const found = await findSimilar(collection, pathOf(4), { topK: 60, threshold: 0.5, folder: '/scenes/odd' })
    expect(found.every(({ path, score }) => path.includes('odd') && score >= 0.5)).toBe(true)
  })
})
