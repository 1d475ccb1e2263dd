/** Sets with a long caption per image that one list names: DOCCI, ImageInWords, ShareGPT4V. */
import { join } from 'node:path'
import type { DataProblem, RetrievalSet } from '../data-set'
import { findInside, findOptional } from '../listed/find-inside.node.ts'
import { listedValues, textOf, type Fields } from '../listed/listed-values.node.ts'
import { toRetrievalSet, type ListedImage } from './retrieval-set.node.ts'

const needs = {
  docci: 'docci_descriptions.jsonlines and images/',
  iiw: 'DOCCI_Test/data.jsonl, IIW-400/data.jsonl and DCI_Test/data.jsonl, with the images in docci/, docci_aar/ and dci/',
  shareGPT4V: 'share-captioner_coco_lcs_sam_1246k_1107.json and the folders that it names, such as sam/images/',
}

export const docciSplits = ['test', 'qual_dev', 'qual_test', 'train'] as const
const docciImages = { test: 5000, qual_dev: 100, qual_test: 100, train: 9647 }

export async function readDOCCI(
  folder: string,
  split: (typeof docciSplits)[number],
  signal?: AbortSignal,
): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const list = await findInside(
    folder,
    ['docci_descriptions.jsonlines', 'annotations/docci_descriptions.jsonlines'],
    needs.docci,
  )
  const images = await findInside(folder, ['images', 'docci_images', 'test_images'], needs.docci)
  const listed: ListedImage[] = []
  for await (const { value } of listedValues(list, 'lines', problems, { signal })) {
    if (value['split'] === split) add(listed, list, textOf(value['image_file']), value['description'], problems)
  }
  const expected = { images: docciImages[split], captions: docciImages[split] }
  return toRetrievalSet({ name: 'docci', split, isLong: true, images, listed, problems, expected }, signal)
}

export const iiwSplits = ['three sets', 'three sets, sentences'] as const

/** The lists of ImageInWords with human descriptions, in the order of FLAIR's evaluation, and the folders of their images. */
const iiwLists = [
  { list: 'DOCCI_Test', images: 'docci', count: 100 },
  { list: 'IIW-400', images: 'docci_aar', count: 400 },
  { list: 'DCI_Test', images: 'dci', count: 112 },
]

/** @param split `three sets, sentences`: FLAIR's `finegrained_annotations.json`, where each sentence is a caption of its own */
export async function readIIW(
  folder: string,
  split: (typeof iiwSplits)[number],
  signal?: AbortSignal,
): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const common = { name: 'iiw', split, images: folder, problems }
  if (split === 'three sets, sentences') {
    const list = await findInside(folder, ['finegrained_annotations.json'], needs.iiw)
    const listed = await readFLAIR(list, problems, signal)
    return toRetrievalSet({ ...common, isLong: false, listed, expected: { images: 612 } }, signal)
  }
  const listed: ListedImage[] = []
  for (const { list: name, images } of iiwLists) {
    const list = await findInside(
      folder,
      [`${name}/data.jsonl`, `datasets/${name}/data.jsonl`, `${name.toUpperCase()}/data.jsonl`],
      needs.iiw,
    )
    for await (const { value } of listedValues(list, 'lines', problems, { signal })) {
      const image = textOf(value['image'] ?? value['image/key'])
      const file = image === undefined || image.includes('.jpg') ? image : `${image}.jpg`
      add(listed, list, file && `${images}/${file}`, value['IIW'], problems)
    }
  }
  const count = iiwLists.reduce((sum, { count }) => sum + count, 0)
  return toRetrievalSet({ ...common, isLong: true, listed, expected: { images: count, captions: count } }, signal)
}

/** FLAIR's own form: `{ annotations: [{ image, caption }] }`, one caption per entry. */
export async function readFLAIR(path: string, problems: DataProblem[], signal?: AbortSignal): Promise<ListedImage[]> {
  const captions = new Map<string, string[]>()
  for await (const { value } of listedValues(path, 'object', problems, { key: 'annotations', signal })) {
    const file = textOf(value['image'])
    if (file !== undefined) captions.set(file, [...(captions.get(file) ?? []), textOf(value['caption']) ?? ''])
    else
      problems.push({ item: path, reason: 'entry-unreadable', message: `${path}: a caption does not name its image.` })
  }
  return [...captions].map(([file, texts]) => ({ id: file, file, captions: texts }))
}

/** ShareGPT4V-1k and -10k are the first images of one list. */
export const shareGPT4VSplits = { 'sharegpt4v-1k': 'first 1,000', 'sharegpt4v-10k': 'first 10,000' } as const

/** The answer of the captioner to each of the first images, in one line. */
export async function readShareGPT4V(
  folder: string,
  name: keyof typeof shareGPT4VSplits,
  signal?: AbortSignal,
): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const file = 'share-captioner_coco_lcs_sam_1246k_1107.json'
  const list = await findInside(folder, [file, `data/${file}`], needs.shareGPT4V)
  const images = (await findOptional(folder, ['data/sam', 'data/coco'])) === undefined ? folder : join(folder, 'data')
  const [split, count] = [shareGPT4VSplits[name], name === 'sharegpt4v-1k' ? 1000 : 10_000]
  const listed: ListedImage[] = []
  for await (const { value } of listedValues(list, 'list', problems, { signal })) {
    add(listed, list, textOf(value['image']), answerIn(value['conversations'])?.replaceAll('\n', ' '), problems)
    if (listed.length === count) break
  }
  return toRetrievalSet(
    { name, split, isLong: true, images, listed, problems, expected: { images: count, captions: count } },
    signal,
  )
}

function answerIn(conversations: unknown): string | undefined {
  return Array.isArray(conversations) ? textOf((conversations[1] as Fields | null | undefined)?.['value']) : undefined
}

function add(
  listed: ListedImage[],
  list: string,
  file: string | undefined,
  caption: unknown,
  problems: DataProblem[],
): void {
  if (file === undefined) {
    problems.push({
      item: list,
      reason: 'entry-unreadable',
      message: `${list}, entry ${listed.length + 1}: it does not name its image.`,
    })
  } else listed.push({ id: file, file, captions: [textOf(caption) ?? ''] })
}
