/** Flickr30k: Karpathy's test split, and all images of the published list of captions. */
import { readWholeText } from '../../../data/readers/text/whole-text.node.ts'
import type { DataProblem, RetrievalSet } from '../data-set'
import { findInside, findOptional } from '../listed/find-inside.node.ts'
import { readKarpathy } from './coco.node.ts'
import { toRetrievalSet, type ListedImage } from './retrieval-set.node.ts'

const needs =
  'dataset_flickr30k.json (Karpathy) or flickr30k_test_karpathy.txt, or results_20130124.token, and the images in flickr30k-images/'

export const flickr30kSplits = ['Karpathy test', 'Karpathy val', 'whole'] as const

/**
 * @param split `Karpathy test` has 1,000 images with 5 captions; `whole` has all 31,783, as Long-CLIP measures it
 * @throws DreamLIPError `DATA_INVALID`, `DATA_EMPTY`, `SOURCE_UNREADABLE`
 */
export async function readFlickr30k(
  folder: string,
  split: (typeof flickr30kSplits)[number],
  signal?: AbortSignal,
): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const images = await findInside(folder, ['flickr30k-images', 'flickr30k_images', 'images', '.'], needs)
  const common = { name: 'flickr30k', split, isLong: false, images, problems }
  if (split === 'whole') {
    const list = await findInside(folder, ['results_20130124.token', 'annotations/results_20130124.token'], needs)
    const listed = readPairs(list, await readLines(list), /^(.+?)(?:#\d+)?\t(.*)$/, problems)
    return toRetrievalSet({ ...common, listed, expected: { images: 31_783, captions: 158_915 } }, signal)
  }
  const part = split === 'Karpathy test' ? 'test' : 'val'
  const expected = part === 'test' ? { images: 1000, captions: 5000 } : { images: 1014, captions: 5070 }
  const table = await findOptional(folder, [`flickr30k_${part}_karpathy.txt`])
  if (table !== undefined) {
    const [, ...lines] = await readLines(table) // the first line names the columns
    return toRetrievalSet(
      { ...common, listed: readPairs(table, lines, /^(.+?\.jpg),(.*)$/i, problems), expected },
      signal,
    )
  }
  const list = await findInside(folder, ['dataset_flickr30k.json', 'annotations/dataset_flickr30k.json'], needs)
  return toRetrievalSet({ ...common, listed: await readKarpathy(list, part, problems, signal), expected }, signal)
}

async function readLines(path: string): Promise<string[]> {
  const text = await readWholeText(path, () => undefined)
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

/** Lines of a file name and a caption. */
function readPairs(path: string, lines: readonly string[], form: RegExp, problems: DataProblem[]): ListedImage[] {
  const captions = new Map<string, string[]>()
  lines.forEach((line, i) => {
    const [, file, caption] = form.exec(line) ?? []
    if (file === undefined) {
      problems.push({
        item: path,
        reason: 'entry-unreadable',
        message: `${path}, line ${i + 1}: expected an image and a caption.`,
      })
    } else captions.set(file, [...(captions.get(file) ?? []), caption!.trim()])
  })
  return [...captions].map(([file, texts]) => ({ id: file, file, captions: texts }))
}
