/** COCO's captions: Karpathy's splits, and the captions of val2017. */
import type { DataProblem, RetrievalSet } from '../data-set'
import { findInside, findOptional } from '../listed/find-inside.node.ts'
import { listedValues, textOf, type Fields } from '../listed/listed-values.node.ts'
import { toRetrievalSet, type ListedImage } from './retrieval-set.node.ts'

const needs =
  'dataset_coco.json (Karpathy) or coco_test_karpathy.json with val2014/, or annotations/captions_val2017.json with val2017/'

export const cocoSplits = ['Karpathy test', 'Karpathy val', 'val2017', 'val2017, 5 captions'] as const

/**
 * @param split `Karpathy test` has 5,000 images of val2014 with 25,010 captions; `val2017` has 5,000 images with 25,014 captions;
 *   `val2017, 5 captions` has the first five of each image, as Long-CLIP measures it
 * @throws DreamLIPError `DATA_INVALID`, `DATA_EMPTY`, `SOURCE_UNREADABLE`
 */
export async function readCOCO(
  folder: string,
  split: (typeof cocoSplits)[number],
  signal?: AbortSignal,
): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const common = { name: 'coco', split, isLong: false, problems }
  if (split === 'val2017' || split === 'val2017, 5 captions') {
    const list = await findInside(folder, ['annotations/captions_val2017.json', 'captions_val2017.json'], needs)
    const images = await findInside(folder, ['val2017', 'images/val2017'], needs)
    const all = await readAnnotations(list, problems, signal)
    const listed = split === 'val2017' ? all : all.map((image) => ({ ...image, captions: image.captions.slice(0, 5) }))
    const expected = { images: 5000, captions: split === 'val2017' ? 25_014 : 25_000 }
    return toRetrievalSet({ ...common, images, listed, expected }, signal)
  }
  const part = split === 'Karpathy test' ? 'test' : 'val'
  const converted = [`coco_${part}_karpathy.json`, `annotations/coco_${part}_karpathy.json`]
  const list = await findOptional(folder, converted)
  const expected = { images: 5000, ...(part === 'test' && { captions: 25_010 }) }
  if (list !== undefined) {
    const images = await findInside(folder, ['val2014', 'images/val2014'], needs)
    return toRetrievalSet(
      { ...common, images, listed: await readAnnotations(list, problems, signal), expected },
      signal,
    )
  }
  const karpathy = await findInside(folder, ['dataset_coco.json', 'annotations/dataset_coco.json'], needs)
  const inImages = (await findOptional(folder, ['val2014'])) === undefined
  const images = inImages ? await findInside(folder, ['images'], needs) : folder
  return toRetrievalSet(
    { ...common, images, listed: await readKarpathy(karpathy, part, problems, signal), expected },
    signal,
  )
}

/** The images of a part of Karpathy's list: `{ images: [{ filepath?, filename, split, sentences: [{ raw }] }] }`. */
export async function readKarpathy(
  path: string,
  part: string,
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<ListedImage[]> {
  const listed: ListedImage[] = []
  for await (const { value } of listedValues(path, 'object', problems, { key: 'images', signal })) {
    if (value['split'] !== part) continue
    const [folder, name] = [textOf(value['filepath']), textOf(value['filename'])]
    if (name === undefined) {
      problems.push({
        item: path,
        reason: 'entry-unreadable',
        message: `${path}: an image of ${part} has no filename.`,
      })
      continue
    }
    const sentences = Array.isArray(value['sentences']) ? (value['sentences'] as (Fields | null)[]) : []
    const captions = sentences.map((sentence) => textOf(sentence?.['raw']) ?? '')
    listed.push({ id: name, file: folder === undefined ? name : `${folder}/${name}`, captions })
  }
  return listed
}

/** COCO's own form: `{ images: [{ id, file_name }], annotations: [{ image_id, caption }] }`, in the order of the images. */
export async function readAnnotations(
  path: string,
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<ListedImage[]> {
  const files = new Map<string, string>()
  const captions = new Map<string, string[]>()
  for await (const { key, value } of listedValues(path, 'object', problems, { signal })) {
    const id = textOf(key === 'images' ? value['id'] : value['image_id'])
    if (key === 'images' && id !== undefined) files.set(id, textOf(value['file_name']) ?? `${id}.jpg`)
    if (key === 'annotations' && id !== undefined) {
      captions.set(id, [...(captions.get(id) ?? []), textOf(value['caption']) ?? ''])
    }
  }
  for (const id of captions.keys()) {
    if (files.has(id)) continue
    problems.push({
      item: id,
      reason: 'image-unlisted',
      message: `${path}: captions of image ${id}, which is not in images.`,
    })
  }
  return [...files].map(([id, file]) => ({ id: file, file: file.split('/').at(-1)!, captions: captions.get(id) ?? [] }))
}
