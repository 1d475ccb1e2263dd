import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DreamLIP, evaluateSegmentation, type RawImage, type ZeroShotClassifier } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

const labels = ['left', 'right', 'nowhere']

/** Red on the left half, blue on the right. */
function halves(): RawImage {
  const picture = plainPicture(255, 0, 0)
  for (let y = 0; y < 16; y++) for (let x = 8; x < 16; x++) picture.data.set([0, 0, 255], 3 * (16 * y + x))
  return picture
}

describe('evaluateSegmentation', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())
  afterEach(() => vi.restoreAllMocks())

  it('gives the same shares as a count by hand', async () => {
    const shape = [2, 3] as const
    const images = [
      { truth: [0, 0, 1, 1, 2, 255], said: [0, 1, 1, 1, 3, 2] }, // the last pixel does not count
      { truth: [1, 1, 0, 0, 0, 0], said: [1, 0, 0, 0, 0, 0] },
      { truth: [2, 2, 0, 0, 0, 2], said: [0, 1, 1, 1, 0, 0], candidates: [2, 0] }, // said: 2 0 0 0 2 2
    ]
    const names = [...labels, 'never']
    const segment = vi.spyOn(model, 'segment')
    for (const { said } of images) {
      const result = {
        labels: names,
        data: Uint16Array.from(said),
        confidence: new Float32Array(6),
        shape: [2, 3] as [number, number],
      }
      segment.mockResolvedValueOnce(result)
    }
    const samples = images.map(({ truth, candidates }) => ({
      image: plainPicture(0, 0, 0),
      mask: { data: truth, shape },
      candidates,
    }))
    const found = await evaluateSegmentation(model, samples, names)
    // Of left, right, nowhere, never: pixels 9, 4, 4, 0; said 9, 4, 3, 1; both 7, 3, 2, 0.
    const iou = { left: 7 / 11, right: 3 / 5, nowhere: 2 / 5, never: 0 }
    expect(found).toEqual({
      iou,
      meanIoU: expect.closeTo((7 / 11 + 3 / 5 + 2 / 5) / 3, 12) as number,
      pixelAccuracy: 12 / 17,
    })
    expect(segment.mock.calls.map(([, classifier]) => (classifier as ZeroShotClassifier).labels)).toEqual([
      names,
      names,
      ['nowhere', 'left'],
    ])
  })

  const mask = (data: ArrayLike<number>) => ({ data, shape: [16, 16] as const })

  it('is 1 if the mask is the model’s prediction', async () => {
    const image = halves()
    const said = await model.segment(image, labels)
    const { meanIoU, pixelAccuracy } = await evaluateSegmentation(model, [{ image, mask: mask(said.data) }], labels)
    expect({ meanIoU, pixelAccuracy }).toEqual({ meanIoU: 1, pixelAccuracy: 1 })
  })

  it('counts intersections and unions over all images, by label', async () => {
    const image = halves()
    const said = [...(await model.segment(image, labels)).data]
    // Truth: label 0 everywhere in one image, label 1 everywhere in the other.
    const samples = [0, 1].map((label) => ({ image, mask: mask(new Uint8Array(256).fill(label)) }))
    const { iou, meanIoU } = await evaluateSegmentation(model, samples, labels)
    const count = (label: number) => said.filter((predicted) => predicted === label).length
    const expected = [0, 1].map((label) => count(label) / (256 + count(label)))
    expect([iou.left, iou.right]).toEqual(expected)
    expect(meanIoU).toBeCloseTo((expected[0]! + expected[1]!) / 2, 12)
  })

  it('ignores pixels whose index is not a label', async () => {
    const image = halves()
    const said = await model.segment(image, labels)
    const data = said.data.map((label, pixel) => (pixel < 200 ? label : 255))
    expect((await evaluateSegmentation(model, [{ image, mask: mask(data) }], labels)).pixelAccuracy).toBe(1)
  })

  it('chooses only among the candidates of an image', async () => {
    const sample = { image: halves(), mask: mask(new Uint8Array(256).fill(2)), candidates: [2] }
    expect((await evaluateSegmentation(model, [sample], labels)).pixelAccuracy).toBe(1)
  })

  it('refuses an empty list of samples, a mask of another size, and candidates that are not labels', async () => {
    await expect(evaluateSegmentation(model, [], labels)).rejects.toThrow(/got an empty list/)
    const image = halves()
    const small = { image, mask: { data: new Uint8Array(4), shape: [2, 2] as const } }
    await expect(evaluateSegmentation(model, [small], labels)).rejects.toThrow(/16 × 16; got 2 × 2 with 4 values/)
    const stranger = { image, mask: mask(new Uint8Array(256)), candidates: [3] }
    await expect(evaluateSegmentation(model, [stranger], labels)).rejects.toThrow(
      /candidates: expected a whole number from 0 to 2; got 3/,
    )
  })
})
