import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { segmentationSets } from '../../../../src/evaluation/datasets/segmentation/known-segmentation-sets.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-masks-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function png(values: number[]): Promise<Buffer> {
  const raw = { width: values.length, height: 1, channels: 1 } as const
  return sharp(Uint8Array.from(values), { raw }).toColourspace('b-w').png().toBuffer()
}

async function write(root: string, files: Readonly<Record<string, string | number[]>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), typeof content === 'string' ? content : await png(content))
  }
}

/** How each set is published: a list, two images with masks, and the labels read from the first mask. */
const layouts = {
  voc20: {
    files: {
      'VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt': '2007_1\r\n2007_2\r\n',
      'VOCdevkit/VOC2012/JPEGImages/2007_1.jpg': 'x',
      'VOCdevkit/VOC2012/SegmentationClass/2007_1.png': [0, 1, 20, 255],
      'VOCdevkit/VOC2012/JPEGImages/2007_2.jpg': 'x',
    },
    mask: [255, 0, 19, 255],
    missing: 'SegmentationClass/2007_2.png',
  },
  voc21: {
    files: {
      'ImageSets/Segmentation/val.txt': '2007_1\n2007_2',
      'JPEGImages/2007_1.jpg': 'x',
      'SegmentationClass/2007_1.png': [0, 1, 20, 255],
      'SegmentationClass/2007_2.png': [0],
    },
    mask: [0, 1, 20, 255],
    missing: 'JPEGImages/2007_2.jpg',
  },
  context59: {
    files: {
      'ImageSets/SegmentationContext/val.txt': 'a\nb\n',
      'JPEGImages/a.jpg': 'x',
      'SegmentationClassContext/a.png': [0, 59],
      'SegmentationClassContext/b.png': [0, 59],
    },
    mask: [255, 58],
    missing: 'JPEGImages/b.jpg',
  },
  context60: {
    files: {
      'VOC2010/ImageSets/SegmentationContext/val.txt': 'a\nb\n',
      'VOC2010/JPEGImages/a.jpg': 'x',
      'VOC2010/SegmentationClassContext/a.png': [0, 59],
      'VOC2010/SegmentationClassContext/b.png': [0, 59],
    },
    mask: [0, 59],
    missing: 'JPEGImages/b.jpg',
  },
  ade20k: {
    files: {
      'ADEChallengeData2016/images/validation/ADE_val_1.jpg': 'x',
      'ADEChallengeData2016/images/validation/ADE_val_2.jpg': 'x',
      'ADEChallengeData2016/images/validation/._ADE_val_1.jpg': 'junk of a Mac',
      'ADEChallengeData2016/annotations/validation/ADE_val_1.png': [0, 1, 150],
    },
    mask: [255, 0, 149],
    missing: 'annotations/validation/ADE_val_2.png',
  },
  'coco-stuff': {
    files: {
      'images/val2017/000000000139.jpg': 'x',
      'images/val2017/000000000285.jpg': 'x',
      'annotations/val2017/000000000139_labelTrainIds.png': [0, 170, 255],
      'annotations/val2017/000000000139_instanceTrainIds.png': [1],
    },
    mask: [0, 170, 255],
    missing: '000000000285_labelTrainIds.png',
  },
  'coco-object': {
    files: {
      'images/val2017/000000000139.jpg': 'x',
      'images/val2017/000000000285.jpg': 'x',
      'annotations/val2017/000000000139_instanceTrainIds.png': [0, 80],
    },
    mask: [0, 80],
    missing: '000000000285_instanceTrainIds.png',
  },
  cityscapes: {
    files: {
      'leftImg8bit/val/bonn/bonn_1_leftImg8bit.png': 'x',
      'leftImg8bit/val/ulm/ulm_1_leftImg8bit.png': 'x',
      'gtFine/val/bonn/bonn_1_gtFine_labelTrainIds.png': [0, 18, 255],
      'gtFine/val/bonn/bonn_1_gtFine_color.png': [7],
    },
    mask: [0, 18, 255],
    missing: 'gtFine/val/ulm/ulm_1_gtFine_labelTrainIds.png',
  },
} as const satisfies Record<
  string,
  { files: Record<string, string | readonly number[]>; mask: readonly number[]; missing: string }
>

describe('the readers of segmentation sets', () => {
  it('are all tested', () => expect(Object.keys(layouts).sort()).toEqual(Object.keys(segmentationSets).sort()))

  it.each(Object.entries(layouts))('read %s as it is published, and name what is missing', async (name, layout) => {
    const root = join(folder, name)
    await write(root, layout.files as unknown as Record<string, string | number[]>)
    const set = await segmentationSets[name]!.open(root)
    expect(set.samples).toHaveLength(2)
    const { data, shape } = await set.samples[0]!.mask()
    expect([...data]).toEqual(layout.mask)
    expect(shape).toEqual([1, layout.mask.length])
    expect(Math.max(...[...data].filter((value) => value !== set.ignored))).toBe(set.classes.length - 1)
    expect(set.problems.map(({ reason }) => reason).sort()).toEqual([
      'count',
      layout.missing.endsWith('.jpg') ? 'image-missing' : 'mask-missing',
    ])
    expect(set.problems[0]!.message).toContain(layout.missing)
  })

  it('refuse another folder, another split, and a list that leads out of the folder', async () => {
    const root = join(folder, 'odd')
    await write(root, { 'ImageSets/Segmentation/val.txt': '../../etc/passwd' })
    const { open } = segmentationSets.voc20!
    await expect(open(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(open(root, { split: 'train' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(open(root)).rejects.toThrow(/leads out of the folder/)
  })
})
