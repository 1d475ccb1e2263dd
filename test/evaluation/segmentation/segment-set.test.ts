import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SegmentationSet } from '../../../src/evaluation/datasets/data-set'
import { segmentSet } from '../../../src/evaluation/segmentation/segment-set'
import { buildZeroShotClassifier, DreamLIP, type RawImage } from '../../../src/index'
import { createRandom } from '../../../src/random'
import { pythonHas, runPython } from '../../parity/python'
import { plainPicture, smallConfig } from '../small-model'

const random = createRandom(11)
const classes = [['wall', 'grey floor'], ['cat'], ['dog', 'puppy', 'hound'], ['never']]

/** Stripes of random colours, so that patches differ. */
function noise(): RawImage {
  const picture = plainPicture(0, 0, 0)
  picture.data.forEach((_, i) => (picture.data[i] = Math.floor(random.uniform() * 256)))
  return picture
}

/** Blocks of classes; some pixels are ignored, some have an index outside the classes. */
function truth(): Uint8Array {
  const block = Array.from({ length: 16 }, () => [0, 1, 2, 2, 255, 9][Math.floor(random.uniform() * 6)]!)
  return Uint8Array.from({ length: 256 }, (_, i) => block[4 * Math.floor(i / 64) + Math.floor((i % 16) / 4)]!)
}

const samples = Array.from({ length: 6 }, (_, i) => {
  const mask = { data: truth(), shape: [16, 16] as const }
  return { id: `${i}`, image: noise(), mask: async () => mask, data: mask.data }
})
const set: SegmentationSet = {
  ...{ task: 'segmentation', name: 'noise', split: 'all', problems: [], classes, ignored: 255, background: 0 },
  samples,
}

/** SCLIP's `forward_slide` for one window and `postprocess_result`, then mmsegmentation's `intersect_and_union` and `total_area_to_metrics`. */
const reference = `
import sys, json, numpy, torch
given = json.load(open(sys.argv[1]))
queries, query_idx = torch.tensor(given['queries']), torch.tensor(given['query_idx'])
num_classes = int(query_idx.max()) + 1
areas = torch.zeros(4, num_classes, dtype=torch.float64)
for patches, label in zip(given['patches'], given['labels']):
    logits = torch.tensor(patches) @ queries.T
    logits = logits.T.reshape(1, -1, 2, 2)
    logits = torch.nn.functional.interpolate(logits, size=(16, 16), mode='bilinear')[0] * given['scale']
    logits = logits.softmax(0).unsqueeze(0)
    index = torch.nn.functional.one_hot(query_idx).T.view(num_classes, len(query_idx), 1, 1)
    logits = (logits * index).max(1)[0]
    pred = logits.argmax(0)
    pred[logits.max(0)[0] < given['threshold']] = 0
    label = torch.tensor(label).reshape(16, 16)
    mask = label != 255
    pred, label = pred[mask], label[mask]
    both = pred[pred == label]
    count = lambda x: torch.histc(x.float(), bins=num_classes, min=0, max=num_classes - 1).double()
    i, p, l = count(both), count(pred), count(label)
    areas += torch.stack([i, p + l - i, p, l])
i, u, p, l = areas.numpy()
with numpy.errstate(invalid='ignore', divide='ignore'):
    print(json.dumps({'meanIoU': numpy.nanmean(i / u), 'pixelAccuracy': i.sum() / l.sum(), 'meanAccuracy': numpy.nanmean(i / l), 'iou': [None if numpy.isnan(x) else x for x in i / u]}))
`

describe('segmentSet', () => {
  let model: DreamLIP
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-segment-set-'))
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => {
    model.dispose()
    rmSync(folder, { recursive: true })
  })

  it.skipIf(!pythonHas('torch', 'numpy'))("gives the figures of SCLIP's and mmsegmentation's formulas", async () => {
    const names = classes.flat()
    const { embeddings } = await buildZeroShotClassifier(model, names)
    const patches = await Promise.all(
      samples.map(async ({ image }) => {
        const { data } = (await model.encodePatches(image, { project: true, attention: 'value' })).patches
        return Array.from({ length: 4 }, (_, i) => [...data.subarray(16 * i, 16 * i + 16)])
      }),
    )
    const given = {
      patches,
      queries: names.map((_, i) => [...embeddings.data.subarray(16 * i, 16 * i + 16)]),
      query_idx: classes.flatMap((of, i) => of.map(() => i)),
      labels: samples.map(({ data }) => [...data]),
    }
    for (const [scale, threshold] of [
      [40, 0],
      [65, 0.4],
    ] as const) {
      const file = join(folder, 'given.json')
      writeFileSync(file, JSON.stringify({ ...given, scale, threshold }))
      const { iou, ...expected } = JSON.parse(runPython(reference, [file])) as Record<string, number> & {
        iou: (number | null)[]
      }
      const protocol = { templates: 'one', attention: 'value', shortSide: 16, scale, threshold }
      const { figures, details } = await segmentSet(model, set, { protocol })
      for (const [name, value] of Object.entries(expected)) expect(figures[name]).toBeCloseTo(value, 6)
      expect(Object.keys(figures)).toEqual(Object.keys(expected))
      details.perClass!.forEach(({ value }, i) =>
        iou[i] === null ? expect(value).toBeNull() : expect(value).toBeCloseTo(iou[i]!, 6),
      )
    }
  })

  it('names unknown indices, masks of another size and files that cannot be read, and counts them as wrong', async () => {
    const mask = (value: number, width = 16) => ({
      data: new Uint8Array(width * 16).fill(value),
      shape: [16, width] as const,
    })
    const bad: SegmentationSet = {
      ...set,
      samples: [
        { id: 'unknown', image: noise(), mask: async () => mask(77) },
        { id: 'size', image: noise(), mask: async () => mask(1, 8) },
        { id: 'image', image: join(folder, 'missing.png'), mask: async () => mask(2) },
        { id: 'fine', image: noise(), mask: async () => mask(0) },
      ],
    }
    const { figures, problems } = await segmentSet(model, bad, { protocol: { templates: 'one', threshold: 1 } })
    expect(problems.map(({ item, reason }) => [item, reason])).toEqual([
      ['unknown', 'mask-index'],
      ['size', 'mask-size'],
      ['image', 'image-unreadable'],
    ])
    // With a threshold of 1, every pixel is background: 256 of 'fine' are right, 128 + 256 of the others wrong.
    expect(figures.pixelAccuracy).toBeCloseTo(256 / 640, 12)
    expect(figures.meanIoU).toBeCloseTo((256 / 512 + 0 + 0) / 3, 12) // 256 unknown pixels are predicted as background
  })

  it('reads counts that it kept, and computes those of other choices', async () => {
    const segment = vi.spyOn(model, 'segment')
    const cache = join(folder, 'cache')
    const protocol = { templates: 'one' }
    const first = await segmentSet(model, set, { protocol, cache })
    expect(segment).toHaveBeenCalledTimes(6)
    expect(await segmentSet(model, set, { protocol, cache })).toEqual(first)
    expect(segment).toHaveBeenCalledTimes(6)
    await segmentSet(model, set, { protocol: { ...protocol, attention: 'standard' }, cache })
    expect(segment).toHaveBeenCalledTimes(12)
  })
})
