/** Winoground: two images and two captions of the same words in another order. */
import type { ChoiceSet, DataProblem } from '../data-set'
import { checkCount } from '../listed/counts'
import { findInside } from '../listed/find-inside.node.ts'
import { listedValues, textOf } from '../listed/listed-values.node.ts'
import { toChoiceSet, type ListedChoice } from './choice-set.node.ts'

const needs = "examples.jsonl and images/ (unpacked images.zip), as in the Hub's facebook/winoground"

/** @throws DreamLIPError `DATA_INVALID`, `DATA_EMPTY` */
export async function readWinoground(folder: string, signal?: AbortSignal): Promise<ChoiceSet> {
  const problems: DataProblem[] = []
  const list = await findInside(folder, ['examples.jsonl', 'data/examples.jsonl'], needs)
  const images = await findInside(folder, ['images', 'data/images'], needs)
  const listed: ListedChoice[] = []
  for await (const { value } of listedValues(list, 'lines', problems, { signal })) {
    const names = [textOf(value['image_0']), textOf(value['image_1'])]
    const id = textOf(value['id']) ?? String(listed.length)
    if (names.includes(undefined)) {
      problems.push({ item: id, reason: 'entry-unreadable', message: `${id}: expected image_0 and image_1.` })
      continue
    }
    listed.push({
      id,
      files: names.map((name) => (name!.includes('.') ? name! : `${name}.png`)),
      captions: [textOf(value['caption_0']), textOf(value['caption_1'])],
      category: textOf(value['collapsed_tag']) ?? 'all',
    })
  }
  checkCount('Winoground', 'example', 400, listed.length, problems)
  return toChoiceSet({ name: 'winoground', split: 'test', images, listed, problems }, signal)
}
