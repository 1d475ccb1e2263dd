import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PointingSet } from '../../../src/evaluation/datasets/data-set'
import { pointSet } from '../../../src/evaluation/pointing/point-set'
import { DreamLIP } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

/** A map of 16 × 16 whose highest point is at a pixel. */
function mapWith(text: string, x: number, y: number) {
  const data = new Float32Array(256).fill(-1)
  data[16 * y + x] = 0.5
  return { text, data, shape: [16, 16] as [number, number] }
}

describe('pointSet', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())

  it('counts phrases whose highest point is within one of their boxes', async () => {
    const set: PointingSet = {
      ...{ task: 'pointing', name: 'own', split: 'all', problems: [] },
      samples: [
        {
          ...{ id: 'a', image: plainPicture(9, 9, 9) },
          phrases: [
            { text: 'left of its box', boxes: [[4, 0, 4, 16]] },
            { text: 'its first column', boxes: [[4, 0, 4, 16]] },
            { text: 'its last row', boxes: [[0, 0, 16, 3]] },
            { text: 'below its box', boxes: [[0, 0, 16, 3]] },
            {
              text: 'in the second box',
              boxes: [
                [0, 0, 1, 1],
                [8, 8, 8, 8],
              ],
            },
          ],
        },
        { id: 'b', image: 'missing.png', phrases: [{ text: 'a', boxes: [[0, 0, 99, 99]] }] },
      ],
    }
    const points = [
      [3, 5],
      [4, 5],
      [5, 2],
      [5, 3],
      [15, 15],
    ] as const
    const ground = vi.spyOn(model, 'ground')
    ground.mockResolvedValueOnce(points.map(([x, y], i) => mapWith(`${i}`, x, y)))
    const { figures, problems, details } = await pointSet(model, set)
    expect(figures).toEqual({ pointing: 3 / 6, center: 1 / 6 })
    expect(problems.map(({ item, reason }) => [item, reason])).toEqual([['b', 'image-unreadable']])
    expect(details.hardest!.map(({ expected }) => expected)).toEqual(['left of its box', 'below its box'])
    vi.restoreAllMocks()
  })

  it('looks for the phrases of each image with the choices of the protocol', async () => {
    const image = plainPicture(200, 40, 90)
    const phrases = [{ text: 'a cat', boxes: [[0, 0, 16, 16]] as const }]
    const set: PointingSet = {
      ...{ task: 'pointing', name: 'own', split: 'all', problems: [] },
      samples: [{ id: 'a', image, phrases }],
    }
    const result = await pointSet(model, set, { protocol: { attention: 'value' } })
    expect(result).toMatchObject({ figures: { pointing: 1, center: 1 }, protocol: { attention: 'value', phrases: 1 } })
    await expect(pointSet(model, set, { protocol: { attention: 'all' } })).rejects.toThrow(/protocol.attention/)
  })
})
