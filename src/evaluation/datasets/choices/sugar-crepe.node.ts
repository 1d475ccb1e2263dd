/** SugarCrepe: an image of COCO val2017, its caption, and one that differs in an object, an attribute or a relation. */
import { join } from 'node:path'
import { parseJSON } from '../../../data/readers/text/json-text'
import { readWholeText } from '../../../data/readers/text/whole-text.node.ts'
import type { ChoiceSet, DataProblem } from '../data-set'
import { findInside, findOptional } from '../listed/find-inside.node.ts'
import { textOf, type Fields } from '../listed/listed-values.node.ts'
import { toChoiceSet, type ListedChoice } from './choice-set.node.ts'

export const sugarCrepeCategories = [
  'add_att',
  'add_obj',
  'replace_att',
  'replace_obj',
  'replace_rel',
  'swap_att',
  'swap_obj',
] as const

export const sugarCrepeSplits = ['all', ...sugarCrepeCategories] as const

const needs = 'a JSON file for each category, such as swap_att.json, and val2017/'

/** Missing files of categories are reported as problems. @throws DreamLIPError `DATA_INVALID`, `DATA_EMPTY` */
export async function readSugarCrepe(
  folder: string,
  split: (typeof sugarCrepeSplits)[number],
  signal?: AbortSignal,
): Promise<ChoiceSet> {
  const problems: DataProblem[] = []
  const images = await findInside(folder, ['val2017', 'images/val2017', 'images'], needs)
  const categories = split === 'all' ? sugarCrepeCategories : [split]
  const listed: ListedChoice[] = []
  for (const category of categories) {
    const list = await findOptional(folder, [`${category}.json`, `data/${category}.json`])
    if (list === undefined) {
      const message = `${category}: ${join(folder, `${category}.json`)} does not exist.`
      problems.push({ item: category, reason: 'list-missing', message })
    } else listed.push(...(await readCategory(list, category, problems)))
  }
  return toChoiceSet({ name: 'sugarcrepe', split, images, listed, problems }, signal)
}

/** `{ "0": { filename, caption, negative_caption } }`; numbers may be missing. */
async function readCategory(path: string, category: string, problems: DataProblem[]): Promise<ListedChoice[]> {
  const text = await readWholeText(path, () => undefined)
  let entries: unknown
  try {
    entries = parseJSON(text)
  } catch (error) {
    problems.push({
      item: path,
      reason: 'list-damaged',
      message: `${path}: ${(error as Error).message.slice(0, 200)}.`,
    })
  }
  if (typeof entries !== 'object' || entries === null) return []
  return Object.entries(entries as Record<string, Fields | null>).flatMap(([key, entry]) => {
    const file = textOf(entry?.['filename'])
    const id = `${category}/${key}`
    if (file !== undefined) {
      return {
        id,
        files: [file],
        captions: [textOf(entry?.['caption']), textOf(entry?.['negative_caption'])],
        category,
      }
    }
    problems.push({ item: id, reason: 'entry-unreadable', message: `${id}: it does not name its image.` })
    return []
  })
}
