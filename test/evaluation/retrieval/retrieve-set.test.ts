import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RetrievalSet } from '../../../src/evaluation/datasets/data-set'
import { evaluateRetrieval } from '../../../src/evaluation/retrieval/retrieval'
import { retrieveSet } from '../../../src/evaluation/retrieval/retrieve-set'
import { DreamLIP, type RawImage } from '../../../src/index'
import { createRandom } from '../../../src/random'
import { plainPicture, smallConfig } from '../small-model'

function noise(seed: number): RawImage {
  const { uniform } = createRandom(seed)
  return { ...plainPicture(0, 0, 0), data: Uint8Array.from({ length: 768 }, () => 255 * uniform()) }
}

function setOf(samples: RetrievalSet['samples']): RetrievalSet {
  return { task: 'retrieval', name: 'test', split: 'all', isLong: false, samples, problems: [] }
}

const words = ['dog', 'cat', 'bus', 'tree', 'car', 'sun', 'sea', 'man', 'hat', 'cup', 'bed', 'fox']
const samples = words.map((word, i) => ({
  id: `${word}.png`,
  image: noise(i),
  captions: [`A ${word}. It is ${i}.`, `Some ${word}s.`],
}))

describe('retrieveSet', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())

  it('gives the recalls of evaluateRetrieval, and their mean', async () => {
    const { figures, protocol, details, problems } = await retrieveSet(model, setOf(samples), {
      protocol: { at: [1, 3] },
    })
    const { imageToText, textToImage } = await evaluateRetrieval(model, samples, { at: [1, 3] })
    expect(figures).toEqual({
      'imageToText@1': imageToText[1],
      'imageToText@3': imageToText[3],
      'textToImage@1': textToImage[1],
      'textToImage@3': textToImage[3],
      meanRecall: expect.closeTo(
        (imageToText[1]! + imageToText[3]! + textToImage[1]! + textToImage[3]!) / 4,
        9,
      ) as number,
      cutTexts: 0,
    })
    expect(protocol).toEqual({
      long: 'truncate',
      texts: 'published',
      rerank: 0,
      at: [1, 3],
      reading: false,
      ties: 'wrong answers first',
    })
    expect(problems).toEqual([])
    expect(details.curves!.map(({ points }) => points.map(([k]) => k))).toEqual([
      [1, 2, 3, 5, 10, 20],
      [1, 2, 3, 5, 10],
    ])
    expect(details.hardest!.length).toBeGreaterThan(0)
    expect(JSON.parse(JSON.stringify({ figures, protocol, details }))).toEqual({ figures, protocol, details })
  })

  it('counts an image that cannot be read and its captions as not found, and names it', async () => {
    const one = await retrieveSet(model, setOf([samples[0]!]), { protocol: { at: [1] } })
    expect(one.figures).toMatchObject({ 'imageToText@1': 1, 'textToImage@1': 1 })
    const broken = { id: 'broken.png', image: new Uint8Array([1, 2, 3]), captions: ['Broken.'] }
    const bare = { id: 'bare.png', image: noise(99), captions: [] }
    const { figures, problems } = await retrieveSet(model, setOf([samples[0]!, broken, bare]), {
      protocol: { at: [3] },
    })
    expect(figures).toMatchObject({ 'imageToText@3': 1 / 3, 'textToImage@3': 2 / 3 })
    expect(problems).toMatchObject([{ item: 'broken.png', reason: 'image-unreadable' }])
    const none = await retrieveSet(model, setOf([broken]))
    expect(none.figures).toMatchObject({ 'imageToText@1': 0, 'textToImage@10': 0, meanRecall: 0 })
  })

  it("splits and joins sentences as FLAIR's evaluation does", async () => {
    const encodeText = vi.spyOn(model, 'encodeText')
    await retrieveSet(model, setOf([{ ...samples[0]!, captions: ['One.  Two 3.5\nthree.', '...'] }]), {
      protocol: { texts: 'flair' },
    })
    expect(encodeText.mock.calls[0]![0]).toEqual(['One. Two 3. 5. three', '...'])
    encodeText.mockRestore()
  })

  it('counts the captions that are cut, by the way long texts are handled', async () => {
    const long = { ...samples[0]!, captions: [`A dog. ${'It runs and runs. '.repeat(30)}`, 'A dog.'] }
    const share = async (mode: string) =>
      (await retrieveSet(model, setOf([long, samples[1]!]), { protocol: { long: mode } })).figures['cutTexts']
    expect(await share('truncate')).toBe(1 / 4)
    for (const mode of ['sentences', 'windows', 'coverage']) expect(await share(mode)).toBe(0)
  })

  it('refuses choices that it does not know, and sets without a caption', async () => {
    const set = setOf(samples)
    await expect(retrieveSet(model, set, { protocol: { lonq: 'windows' } })).rejects.toThrow(
      'protocol.lonq: unknown; did you mean protocol.long?',
    )
    await expect(retrieveSet(model, set, { protocol: { long: 'all' } })).rejects.toThrow(
      /protocol.long: expected one of/,
    )
    await expect(retrieveSet(model, set, { protocol: { long: 'coverage', rerank: 4 } })).rejects.toThrow(
      /protocol.rerank/,
    )
    await expect(retrieveSet(model, setOf([{ ...samples[0]!, captions: [] }]))).rejects.toThrow(
      /set.samples: expected at least one image with a caption/,
    )
    await expect(retrieveSet(model, set, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe("retrieveSet with FLAIR's second stage", () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create({ ...smallConfig, family: 'flair' }, { seed: 5, device: 'cpu' })
  })
  afterAll(() => model.dispose())

  it('ranks by the conditioned scores of all pairs if the list has all candidates, in batches of any size', async () => {
    const { data, shape } = await model.match(
      samples.map(({ image }) => image),
      samples.flatMap(({ captions }) => captions),
    )
    const count = (isFound: (image: number, text: number) => boolean) =>
      Array.from({ length: shape[1] }, (_, text) => isFound(text >> 1, text)).filter(Boolean).length / shape[1]
    const scoreOf = (image: number, text: number) => data[image * shape[1] + text]!
    const expected = count((own, text) =>
      samples.every((_, image) => image === own || scoreOf(image, text) < scoreOf(own, text)),
    )
    const ofImages = samples.filter((_, image) => {
      const scores = Array.from({ length: shape[1] }, (_, text) => scoreOf(image, text))
      return Math.max(scores[2 * image]!, scores[2 * image + 1]!) === Math.max(...scores)
    })
    const { figures } = await retrieveSet(model, setOf(samples), { protocol: { rerank: 24, at: [1] } })
    expect(figures).toMatchObject({ 'textToImage@1': expected, 'imageToText@1': ofImages.length / samples.length })
  })

  it('leaves the order of the first stage if the list has one candidate', async () => {
    const first = await retrieveSet(model, setOf(samples))
    const second = await retrieveSet(model, setOf(samples), { protocol: { rerank: 1 } })
    expect(second.figures).toEqual(first.figures)
  })
})
