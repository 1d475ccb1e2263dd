import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { chooseSet } from '../../../src/evaluation/choice/choose-set'
import type { Choice, ChoiceSet } from '../../../src/evaluation/datasets/data-set'
import { DreamLIP } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

function setOf(samples: readonly Choice[]): ChoiceSet {
  return { task: 'choice', name: 'test', split: 'all', samples, problems: [] }
}

const image = (id: string) => ({ id, image: plainPicture(0, 0, 0) })

describe('chooseSet', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => {
    vi.restoreAllMocks()
    model.dispose()
  })

  /** Embeddings by the ids of images and by captions. */
  function embed(
    images: Readonly<Record<string, readonly number[]>>,
    texts: Readonly<Record<string, readonly number[]>>,
  ) {
    const rows = (list: readonly (readonly number[])[]) => {
      const data = new Float32Array(list.length * 16)
      list.forEach((values, i) => data.set(values, i * 16))
      return { data, shape: [list.length, 16] as [number, number] }
    }
    vi.spyOn(model, 'encodeImage').mockImplementation((list) =>
      Promise.resolve(rows((list as readonly unknown[]).map((_, i) => Object.values(images)[i]!))),
    )
    vi.spyOn(model, 'encodeText').mockImplementation((list) =>
      Promise.resolve({ ...rows((list as readonly string[]).map((text) => texts[text]!)), truncated: [] }),
    )
  }

  it('counts a choice as right if the right caption is better than all others, by category; ties are wrong', async () => {
    embed({ a: [1, 0], b: [0, 1] }, { right: [0.8, 0.6], wrong: [0.6, 0.8], equal: [0.8, -0.6] })
    const choices: Choice[] = [
      { id: '1', images: [image('a')], captions: ['right', 'wrong'], category: 'swap' },
      { id: '2', images: [image('b')], captions: ['right', 'wrong'], category: 'swap' },
      { id: '3', images: [image('a')], captions: ['right', 'wrong', 'equal'], category: 'add' },
    ]
    const { figures, details, protocol } = await chooseSet(model, setOf(choices))
    expect(figures).toEqual({ accuracy: 1 / 3, categoryMean: 0.25 })
    expect(details.perClass).toEqual([
      { name: 'swap', value: 0.5, count: 2 },
      { name: 'add', value: 0, count: 1 },
    ])
    expect(details.hardest!.map(({ id, predicted }) => [id, predicted])).toEqual([
      ['2', 'wrong'],
      ['3', 'wrong'],
    ])
    expect(protocol).toEqual({ long: 'truncate', ties: 'wrong' })
    vi.restoreAllMocks()
  })

  it("gives Winoground's three scores", async () => {
    const two = (id: string, a: string, b: string, x: string, y: string): Choice => ({
      id,
      images: [image(a), image(b)],
      captions: [x, y],
      category: 'Object',
    })
    embed(
      { a: [1, 0], b: [0, 1], c: [0.6, 0.8], d: [1, 0] },
      { up: [1, 0.1], down: [0.1, 1], left: [0.9, 0.1], right: [0.8, 0] },
    )
    // The second: 'left' is the better caption for image c, and 'right' fits image d worse than 'left' does.
    const { figures } = await chooseSet(
      model,
      setOf([two('1', 'a', 'b', 'up', 'down'), two('2', 'd', 'c', 'left', 'right')]),
    )
    expect(figures).toEqual({ accuracy: 0.5, textScore: 0.5, imageScore: 0.5, groupScore: 0.5, categoryMean: 0.5 })
    vi.restoreAllMocks()
  })

  it('counts images that cannot be read as wrong, and names them', async () => {
    const broken = { id: 'broken', image: new Uint8Array([1, 2]) }
    const { figures, problems } = await chooseSet(
      model,
      setOf([{ id: '1', images: [broken], captions: ['a', 'b'], category: 'x' }]),
    )
    expect(figures).toEqual({ accuracy: 0, categoryMean: 0 })
    expect(problems).toMatchObject([{ item: 'broken', reason: 'image-unreadable' }])
  })

  it('refuses choices whose images and captions do not fit together', async () => {
    await expect(chooseSet(model, setOf([]))).rejects.toThrow(/set.samples: expected at least one choice/)
    const odd: Choice = { id: '1', images: [image('a'), image('b')], captions: ['1', '2', '3'], category: 'x' }
    await expect(chooseSet(model, setOf([odd]))).rejects.toThrow(
      /set.samples\[0\]: expected as many images as captions/,
    )
    await expect(chooseSet(model, setOf([odd]), { protocol: { lng: 1 } })).rejects.toThrow(/did you mean protocol.long/)
  })
})

describe('the model inside the package', () => {
  it('prefers the name of a scene of EmojiScenes to another one', async () => {
    const model = await DreamLIP.load()
    const names = ['rocket', 'ladybug', 'snowman', 'cat', 'sailboat', 'trumpet']
    const choices = names.map((name, i): Choice => ({
      id: name,
      images: [{ id: name, image: `examples/scenes/${name}.png` }],
      captions: [`There is a ${name}.`, `There is a ${names[(i + 1) % names.length]!}.`],
      category: 'replace_obj',
    }))
    const { figures, problems } = await chooseSet(model, setOf(choices))
    expect(problems).toEqual([])
    expect(figures['accuracy']).toBeGreaterThanOrEqual(5 / 6)
    model.dispose()
  })
})
