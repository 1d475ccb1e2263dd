import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChoiceSet } from '../../../../src/evaluation/datasets/data-set'
import { findKnownSet } from '../../../../src/evaluation/datasets/known-sets.node.ts'
import { DreamLIPError } from '../../../../src/errors'
import { decodeImage } from '../../../../src/images/decode/decode.node.ts'
import { encodePNG } from '../../../../src/index'
import { imageFile, writeDataSet } from '../files'

async function open(name: string, folder: string, split?: string): Promise<ChoiceSet> {
  return (await findKnownSet(name).open(folder, { ...(split !== undefined && { split }) })) as ChoiceSet
}

function contentsOf({ samples, problems }: ChoiceSet) {
  return {
    choices: samples.map(({ id, images, captions, category }) => [
      id,
      images.map((image) => image.id),
      captions,
      category,
    ]),
    problems: problems.filter(({ reason }) => reason !== 'count').map(({ item, reason }) => [item, reason]),
  }
}

describe('SugarCrepe', () => {
  it('reads the files of all categories or of one, and names what is missing or cannot be answered', async () => {
    const entry = (filename: string, caption: string, wrong: string) => ({ filename, caption, negative_caption: wrong })
    const folder = writeDataSet({
      'swap_att.json': {
        0: entry('1.jpg', 'A red dog and a blue cat.', 'A blue dog and a red cat.'),
        7: entry('2.jpg', 'Same.', 'Same.'),
        9: entry('2.jpg', '', 'Wrong.'),
        11: { caption: 'x' },
      },
      'add_obj.json': { 0: entry('2.jpg', 'A dog.', 'A dog and a hat.') },
      'val2017/1.jpg': imageFile,
    })
    const set = await open('sugarcrepe', folder)
    expect(set).toMatchObject({ task: 'choice', name: 'sugarcrepe', split: 'all' })
    const { choices, problems } = contentsOf(set)
    expect(choices).toEqual([
      ['add_obj/0', ['2.jpg'], ['A dog.', 'A dog and a hat.'], 'add_obj'],
      ['swap_att/0', ['1.jpg'], ['A red dog and a blue cat.', 'A blue dog and a red cat.'], 'swap_att'],
    ])
    expect(problems).toEqual([
      ...['add_att', 'replace_att', 'replace_obj', 'replace_rel'].map((name) => [name, 'list-missing']),
      ['swap_att/11', 'entry-unreadable'],
      ['swap_obj', 'list-missing'],
      ['swap_att/7', 'captions-equal'],
      ['swap_att/9', 'caption-empty'],
      ['2.jpg', 'image-missing'],
    ])
    expect((await open('sugarcrepe', folder, 'swap_att')).samples).toHaveLength(1)
    await expect(open('sugarcrepe', folder, 'swap_obj')).rejects.toMatchObject({ code: 'DATA_EMPTY' })
  })
})

describe('Winoground', () => {
  it('reads pairs of images and captions with their tags', async () => {
    const line = (id: number, tag: string) =>
      JSON.stringify({
        id,
        image_0: `ex_${id}_img_0`,
        image_1: `ex_${id}_img_1`,
        caption_0: 'grass in a mug',
        caption_1: 'a mug in grass',
        collapsed_tag: tag,
      })
    const folder = writeDataSet({
      'data/examples.jsonl': [line(0, 'Object'), '{"id": 5}', line(1, 'Relation')].join('\n'),
      ...Object.fromEntries(
        [0, 1].flatMap((id) => [0, 1].map((i) => [`data/images/ex_${id}_img_${i}.png`, imageFile])),
      ),
    })
    const set = await open('winoground', folder)
    expect(contentsOf(set)).toEqual({
      choices: [
        ['0', ['ex_0_img_0.png', 'ex_0_img_1.png'], ['grass in a mug', 'a mug in grass'], 'Object'],
        ['1', ['ex_1_img_0.png', 'ex_1_img_1.png'], ['grass in a mug', 'a mug in grass'], 'Relation'],
      ],
      problems: [['5', 'entry-unreadable']],
    })
    expect(set.problems.map(({ message }) => message)).toContain(
      'Winoground: expected 400 examples, as published; found 2.',
    )
  })
})

describe('ARO', () => {
  it('reads parts of images with two captions, by relation or attributes', async () => {
    const gradient = {
      data: Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => i),
      width: 8,
      height: 6,
      channels: 3 as const,
    }
    const entry = (more: object) => ({ image_path: '1.png', bbox_x: 2, bbox_y: 1, bbox_w: 3, bbox_h: 4, ...more })
    const captions = { true_caption: 'the dog is on the bed', false_caption: 'the bed is on the dog' }
    const folder = writeDataSet({
      'visual_genome_relation.json': [
        entry({ ...captions, relation_name: 'on' }),
        { image_path: '1.png', ...captions },
      ],
      'visual_genome_attribution.json': [entry({ ...captions, attributes: ['big', 'red'] })],
      'images/1.png': await encodePNG(gradient),
    })
    const set = await open('aro', folder)
    expect(contentsOf(set)).toEqual({
      choices: [['relation/0', ['1.png[2,1,3,4]'], Object.values(captions), 'on']],
      problems: [['relation/1', 'entry-unreadable']],
    })
    const { image } = set.samples[0]!.images[0]!
    for (let time = 0; time < 2; time++) {
      const part = await decodeImage(image)
      expect([part.width, part.height]).toEqual([3, 4])
      expect([...part.data.subarray(0, 3)]).toEqual([30, 31, 32]) // row 1, column 2
    }
    expect((await open('aro', folder, 'attribution')).samples[0]!.category).toBe('big_red')
  })

  it('makes wrong orders of words, the same at every reading, or takes those of the data', async () => {
    const folder = writeDataSet({
      'coco_karpathy_test.json': [
        { image: 'val2014/1.jpg', caption: ['A big Dog, sits on the (red) bed!', 'Dog'] },
        { image: 'val2014/1.jpg', caption_options: ['a b c', 'b a c', 'c b a'] },
        { caption: ['x y'] },
      ],
      'val2014/1.jpg': imageFile,
    })
    const set = await open('aro', folder, 'coco order')
    expect(set.samples.map(({ captions }) => captions.length)).toEqual([3, 3])
    const [right, ...wrong] = set.samples[0]!.captions
    expect(right).toBe('a big dog, sits on the red bed')
    for (const text of wrong) {
      expect(text).not.toBe(right)
      expect(text.split(' ').sort()).toEqual(right!.split(' ').sort())
    }
    expect(set.samples[1]!.captions).toEqual(['a b c', 'b a c', 'c b a'])
    expect(set.problems).toMatchObject([{ item: join(folder, 'coco_karpathy_test.json'), reason: 'entry-unreadable' }])
    expect(await open('aro', folder, 'coco order')).toEqual(set)
  })
})

describe('a list with arbitrary content', () => {
  it('gives a set or an error of the package', async () => {
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant(null))
    const entry = fc.dictionary(
      fc.constantFrom(
        'filename',
        'caption',
        'negative_caption',
        'image_path',
        'bbox_x',
        'bbox_y',
        'bbox_w',
        'bbox_h',
        'true_caption',
        'false_caption',
      ),
      field,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(fc.oneof(entry, field)), fc.dictionary(fc.string(), fc.oneof(entry, field))),
        async (list) => {
          const folder = writeDataSet({
            'swap_att.json': list,
            'visual_genome_relation.json': list,
            'images/1.jpg': imageFile,
          })
          for (const name of ['sugarcrepe', 'aro']) {
            const set = await open(name, folder).catch((error: unknown) => {
              if (!(error instanceof DreamLIPError)) throw error
            })
            for (const { captions } of set?.samples ?? [])
              expect(captions.every((caption) => caption.trim() !== '')).toBe(true)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
