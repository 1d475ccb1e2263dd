import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findKnownSet } from '../../../../src/evaluation/datasets/known-sets.node.ts'
import type { RetrievalSet } from '../../../../src/evaluation/datasets/data-set'
import { DreamLIPError } from '../../../../src/errors'
import { imageFile, writeDataSet } from '../files'

async function open(name: string, folder: string, split?: string): Promise<RetrievalSet> {
  return (await findKnownSet(name).open(folder, { ...(split !== undefined && { split }) })) as RetrievalSet
}

/** The ids and captions of a set, and its problems, except wrong counts, because the sets here are small. */
function contentsOf({ samples, problems }: RetrievalSet) {
  return {
    captions: samples.map(({ id, captions }) => [id, ...captions]),
    problems: problems.filter(({ reason }) => reason !== 'count').map(({ item, reason }) => [item, reason]),
  }
}

const karpathy = {
  images: [
    {
      filepath: 'val2014',
      filename: 'a.jpg',
      split: 'test',
      sentences: [{ raw: 'A dog.' }, { raw: ' ' }, { raw: 'Dogs.' }],
    },
    { filepath: 'val2014', filename: 'b.jpg', split: 'test', sentences: [{ raw: 'A cat.' }] },
    { filepath: 'val2014', filename: 'c.jpg', split: 'val', sentences: [{ raw: 'A bird.' }] },
    { filepath: 'val2014', filename: '../../d.jpg', split: 'test', sentences: [] },
  ],
  dataset: 'coco',
}
const annotations = {
  info: {},
  images: [
    { id: 7, file_name: 'x.jpg' },
    { id: 2, file_name: 'y.jpg' },
  ],
  annotations: [1, 2, 3, 4, 5, 6]
    .map((n) => ({ image_id: 7, id: n, caption: `Caption ${n}` }))
    .concat({ image_id: 9, id: 7, caption: 'Lost' }),
}

describe('COCO', () => {
  it("reads a part of Karpathy's list, and names empty captions, missing images and paths out of the folder", async () => {
    const folder = writeDataSet({ 'dataset_coco.json': karpathy, 'val2014/a.jpg': imageFile })
    const set = await open('coco', folder)
    expect(set).toMatchObject({ task: 'retrieval', name: 'coco', split: 'Karpathy test', isLong: false })
    expect(contentsOf(set)).toEqual({
      captions: [['a.jpg', 'A dog.', 'Dogs.'], ['b.jpg', 'A cat.'], ['../../d.jpg']],
      problems: [
        ['b.jpg', 'image-missing'],
        ['../../d.jpg', 'image-refused'],
        ['a.jpg', 'caption-empty'],
        ['../../d.jpg', 'captions-missing'],
      ],
    })
    expect(set.samples[0]!.image).toBe(join(folder, 'val2014/a.jpg'))
    expect(set.problems.filter(({ reason }) => reason === 'count').map(({ message }) => message)).toEqual([
      'Karpathy test: expected 5,000 images, as published; found 3.',
      'Karpathy test: expected 25,010 captions, as published; found 3.',
    ])
  })

  it('reads val2017 whole, or with five captions per image, and names captions of images that are not listed', async () => {
    const folder = writeDataSet({
      'annotations/captions_val2017.json': annotations,
      'images/val2017/x.jpg': imageFile,
      'images/val2017/y.jpg': imageFile,
    })
    const captions = [1, 2, 3, 4, 5, 6].map((n) => `Caption ${n}`)
    const problems = [
      ['9', 'image-unlisted'],
      ['y.jpg', 'captions-missing'],
    ]
    expect(contentsOf(await open('coco', folder, 'val2017'))).toEqual({
      captions: [['x.jpg', ...captions], ['y.jpg']],
      problems,
    })
    expect(contentsOf(await open('coco', folder, 'val2017, 5 captions'))).toEqual({
      captions: [['x.jpg', ...captions.slice(0, 5)], ['y.jpg']],
      problems,
    })
  })

  it('says what it needs if the folder is another, and which splits there are', async () => {
    const folder = writeDataSet({ 'photos/a.jpg': imageFile })
    await expect(open('coco', folder)).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(open('coco', folder)).rejects.toThrow(/expected dataset_coco.json or annotations\/dataset_coco.json/)
    await expect(open('coco', folder, 'test')).rejects.toThrow(
      /split: expected one of Karpathy test, Karpathy val, val2017/,
    )
  })
})

describe('Flickr30k', () => {
  it("reads Karpathy's list, CLIP_benchmark's table and the published list of captions", async () => {
    const folder = writeDataSet({
      'flickr30k_test_karpathy.txt': 'image,caption\n1.jpg,"A man, a plan"\n1.jpg,Two\nnonsense\n2.jpg,Three\n',
      'results_20130124.token': '1.jpg#0\tA man .\n1.jpg#1\tTwo .\n3.jpg#0\tThree .\n',
      'flickr30k-images/1.jpg': imageFile,
      'flickr30k-images/2.jpg': imageFile,
    })
    expect(contentsOf(await open('flickr30k', folder))).toEqual({
      captions: [
        ['1.jpg', '"A man, a plan"', 'Two'],
        ['2.jpg', 'Three'],
      ],
      problems: [[join(folder, 'flickr30k_test_karpathy.txt'), 'entry-unreadable']],
    })
    const whole = await open('flickr30k', folder, 'whole')
    expect(contentsOf(whole)).toEqual({
      captions: [
        ['1.jpg', 'A man .', 'Two .'],
        ['3.jpg', 'Three .'],
      ],
      problems: [['3.jpg', 'image-missing']],
    })
    const listed = writeDataSet({
      'dataset_flickr30k.json': { images: [{ filename: '1.jpg', split: 'test', sentences: [{ raw: 'A man' }] }] },
      '1.jpg': imageFile,
    })
    expect(contentsOf(await open('flickr30k', listed))).toEqual({ captions: [['1.jpg', 'A man']], problems: [] })
  })
})

describe('sets of long captions', () => {
  it('DCI: all splits, the short caption and the extra one in two lines', async () => {
    const caption = (image: string, short: string) => ({ image, short_caption: short, extra_caption: 'It is big.' })
    const folder = writeDataSet({
      'densely_captioned_images/splits.json': { train: ['1.json'], test: ['2.json', '3.json', '4.json'] },
      'densely_captioned_images/annotations/1.json': caption('sa_1.jpg', 'A house'),
      'densely_captioned_images/annotations/2.json': caption('sa_2.jpg', 'A tree'),
      'densely_captioned_images/annotations/3.json': '{"image": ',
      'densely_captioned_images/photos/sa_1.jpg': imageFile,
    })
    const set = await open('dci', folder)
    expect(set).toMatchObject({ split: 'all', isLong: true })
    expect(contentsOf(set)).toEqual({
      captions: [
        ['sa_1.jpg', 'A house\nIt is big.'],
        ['sa_2.jpg', 'A tree\nIt is big.'],
      ],
      problems: [
        ['3.json', 'captions-unreadable'],
        ['4.json', 'captions-unreadable'],
        ['sa_2.jpg', 'image-missing'],
      ],
    })
  })

  it('ImageInWords: the three sets in a fixed order, or their sentences', async () => {
    const folder = writeDataSet({
      'IIW-400/data.jsonl': '{"image/key":"aar_test_1","IIW":"A snake. It rests."}\n',
      'DOCCI_Test/data.jsonl': '{"image":"test_2","IIW":"A room."}\n{"IIW":"Nothing."}\n',
      'DCI_Test/data.jsonl': '{"image":"sa_3.jpg","IIW":"A street."}\nnot JSON\n',
      'docci/test_2.jpg': imageFile,
      'docci_aar/aar_test_1.jpg': imageFile,
      'dci/sa_3.jpg': imageFile,
      'finegrained_annotations.json': {
        annotations: [
          { image_id: 0, image: 'docci/test_2.jpg', caption: 'A room', caption_id: 0 },
          { image_id: 0, image: 'docci/test_2.jpg', caption: 'It is white', caption_id: 1 },
        ],
      },
    })
    expect(contentsOf(await open('iiw', folder))).toEqual({
      captions: [
        ['docci/test_2.jpg', 'A room.'],
        ['docci_aar/aar_test_1.jpg', 'A snake. It rests.'],
        ['dci/sa_3.jpg', 'A street.'],
      ],
      problems: [
        [join(folder, 'DOCCI_Test/data.jsonl'), 'entry-unreadable'],
        [join(folder, 'DCI_Test/data.jsonl'), 'entry-unreadable'],
      ],
    })
    const sentences = await open('iiw', folder, 'three sets, sentences')
    expect(contentsOf(sentences).captions).toEqual([['docci/test_2.jpg', 'A room', 'It is white']])
  })

  it('Urban1k: the first line of each text file, or the list of FLAIR', async () => {
    const folder = writeDataSet({
      'caption/10.txt': 'Ten. It is late.\nmore',
      'caption/2.txt': 'Two.',
      'caption/3.txt': '',
      'image/2.jpg': imageFile,
      'image/10.jpg': imageFile,
      'image/4.jpg': imageFile,
    })
    expect(contentsOf(await open('urban1k', folder))).toEqual({
      captions: [['2.jpg', 'Two.'], ['3.jpg'], ['10.jpg', 'Ten. It is late.']],
      problems: [
        ['4.jpg', 'captions-missing'],
        ['3.jpg', 'image-missing'],
        ['3.jpg', 'caption-empty'],
        ['3.jpg', 'captions-missing'],
      ],
    })
    const flair = writeDataSet({
      'annotations/annotations.json': {
        annotations: [{ image_id: 0, image: '1.jpg', caption: 'A café.' }, { caption: 'x' }],
      },
      'images/1.jpg': imageFile,
    })
    expect(contentsOf(await open('urban1k', flair))).toEqual({
      captions: [['1.jpg', 'A café.']],
      problems: [[join(flair, 'annotations/annotations.json'), 'entry-unreadable']],
    })
  })

  it('DOCCI: the lines of a split', async () => {
    const line = (split: string, n: number) =>
      JSON.stringify({ split, image_file: `${split}_${n}.jpg`, description: `Picture ${n}.` })
    const folder = writeDataSet({
      'docci_descriptions.jsonlines': [line('train', 1), line('test', 2), line('test', 3)].join('\n'),
      'images/test_2.jpg': imageFile,
      'images/test_3.jpg': imageFile,
    })
    const set = await open('docci', folder)
    expect(set.split).toBe('test')
    expect(contentsOf(set)).toEqual({
      captions: [
        ['test_2.jpg', 'Picture 2.'],
        ['test_3.jpg', 'Picture 3.'],
      ],
      problems: [],
    })
  })

  it('ShareGPT4V: the first images of the list, without reading the rest', async () => {
    const entry = (n: number) => ({
      id: String(n),
      image: `sam/images/sa_${n}.jpg`,
      conversations: [
        { from: 'human', value: 'What is it?\n<image>' },
        { from: 'gpt', value: `It is\nnumber ${n}.` },
      ],
    })
    const entries = Array.from({ length: 1001 }, (_, n) => JSON.stringify(entry(n)))
    const folder = writeDataSet({ 'share-captioner_coco_lcs_sam_1246k_1107.json': `[${entries.join(',')}, broken` })
    const set = await open('sharegpt4v-1k', folder)
    expect(set.samples).toHaveLength(1000)
    expect(set.samples[999]).toMatchObject({ id: 'sam/images/sa_999.jpg', captions: ['It is number 999.'] })
    expect(new Set(set.problems.map(({ reason }) => reason))).toEqual(new Set(['image-missing']))
    const all = await open('sharegpt4v-10k', folder)
    expect(all.samples).toHaveLength(1001)
    expect(all.problems.map(({ reason }) => reason)).toContain('list-damaged')
  })
})

describe('a list with arbitrary content', () => {
  it('gives a set or an error of the package', async () => {
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string(), { maxLength: 2 }))
    const entry = fc.record(
      {
        split: fc.constantFrom('test', 'val', 3),
        filename: field,
        filepath: field,
        sentences: fc.oneof(field, fc.array(fc.record({ raw: field }, { requiredKeys: [] }), { maxLength: 3 })),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(entry, field), { maxLength: 4 }), fc.nat(400), async (images, end) => {
        const folder = writeDataSet({
          'dataset_coco.json': JSON.stringify({ images }).slice(0, 400 - end),
          'val2014/a.jpg': imageFile,
        })
        const set = await open('coco', folder).catch((error: unknown) => {
          if (!(error instanceof DreamLIPError)) throw error
        })
        for (const { image } of set?.samples ?? []) expect((image as string).startsWith(folder)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
