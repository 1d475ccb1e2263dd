/** ARO (Attribution, Relation, Order): parts of Visual Genome's images, and captions in which objects, attributes or words change places. */
import { createRandom, type Random } from '../../../random'
import type { ChoiceSet, DataProblem } from '../data-set'
import { checkCount } from '../listed/counts'
import { findInside } from '../listed/find-inside.node.ts'
import { listedValues, textOf, type Fields } from '../listed/listed-values.node.ts'
import { toChoiceSet, type ListedChoice } from './choice-set.node.ts'
import type { Box } from './cropped-image.node.ts'

export const aroSplits = ['relation', 'attribution', 'coco order', 'flickr30k order'] as const

/** The number of samples that the paper states. */
const visualGenome = { relation: 23_937, attribution: 28_748 }

/**
 * `relation`, `attribution`: `visual_genome_….json` and `images/`. `… order`: the list of captions that ARO downloads, `coco_karpathy_test.json`
 * or `flickr30k_test.json`, with the images that it names. If an entry has `caption_options`, the right one first, they are used. Otherwise the
 * wrong captions are two of ARO's four, those that need no tagger: words shuffled within groups of three, and groups of three shuffled.
 * @throws DreamLIPError `DATA_INVALID`, `DATA_EMPTY`
 */
export async function readARO(
  folder: string,
  split: (typeof aroSplits)[number],
  signal?: AbortSignal,
): Promise<ChoiceSet> {
  const problems: DataProblem[] = []
  if (split === 'coco order' || split === 'flickr30k order') {
    const name = split === 'coco order' ? 'coco_karpathy_test.json' : 'flickr30k_test.json'
    const list = await findInside(folder, [name, `annotations/${name}`], `${name} and the images that it names`)
    const listed = await readOrder(list, split, problems, signal)
    return toChoiceSet({ name: 'aro', split, images: folder, listed, problems }, signal)
  }
  const name = `visual_genome_${split}.json`
  const list = await findInside(folder, [name], `${name} and images/`)
  const images = await findInside(folder, ['images'], `${name} and images/`)
  const listed: ListedChoice[] = []
  for await (const { value } of listedValues(list, 'list', problems, { signal })) {
    const id = `${split}/${listed.length}`
    const file = textOf(value['image_path'])
    const box = boxOf(value)
    if (file === undefined || !box) {
      problems.push({
        item: id,
        reason: 'entry-unreadable',
        message: `${id}: expected image_path and bbox_x, bbox_y, bbox_w, bbox_h.`,
      })
      continue
    }
    const captions = [textOf(value['true_caption']), textOf(value['false_caption'])]
    listed.push({ id, files: [file], box, captions, category: categoryOf(value, split) })
  }
  checkCount(split, 'choice', visualGenome[split], listed.length, problems)
  return toChoiceSet({ name: 'aro', split, images, listed, problems }, signal)
}

function boxOf(value: Fields): Box | undefined {
  const box = ['bbox_x', 'bbox_y', 'bbox_w', 'bbox_h'].map((key) => value[key])
  return box.every((number) => typeof number === 'number' && Number.isFinite(number))
    ? (box as unknown as Box)
    : undefined
}

/** ARO averages over relations, and over pairs of attributes. */
function categoryOf(value: Fields, split: 'relation' | 'attribution'): string {
  if (split === 'relation') return textOf(value['relation_name']) ?? 'unnamed'
  const attributes: unknown = value['attributes']
  return Array.isArray(attributes) ? attributes.map(String).join('_') : 'unnamed'
}

async function readOrder(
  path: string,
  split: string,
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<ListedChoice[]> {
  const random = createRandom(0)
  const listed: ListedChoice[] = []
  for await (const { value } of listedValues(path, 'list', problems, { signal })) {
    const file = textOf(value['image'])
    if (file === undefined) {
      problems.push({ item: path, reason: 'entry-unreadable', message: `${path}: an entry does not name its image.` })
      continue
    }
    for (const captions of optionsOf(value, random)) {
      listed.push({ id: `${split}/${listed.length}`, files: [file], captions, category: 'order' })
    }
  }
  return listed
}

/** The right caption and wrong ones, for each caption of an image. */
function optionsOf(value: Fields, random: Random): readonly (readonly (string | undefined)[])[] {
  const options: unknown = value['caption_options']
  if (Array.isArray(options)) return [options.map(textOf)]
  const captions: readonly unknown[] = Array.isArray(value['caption']) ? value['caption'] : [value['caption']]
  return captions.flatMap((given) => {
    const caption = clean(textOf(given) ?? '')
    const groups = groupsOfThree(caption.split(' '))
    const within = groups.flatMap((group) => shuffled(group, random)).join(' ')
    const among = shuffled(groups, random).flat().join(' ')
    const wrong = [within, among].filter((text) => text !== caption)
    // A caption that shuffling does not change, such as one word, offers no choice.
    return wrong.length > 0 || caption === '' ? [[caption, ...wrong]] : []
  })
}

/** Cleans a caption as ARO does before it compares: lower case, no punctuation, at most 30 words. */
function clean(caption: string): string {
  const words = caption
    .toLowerCase()
    .replace(/[.!"()*#:;~]/g, ' ')
    .trim()
    .split(/\s+/)
  return words.slice(0, 30).join(' ')
}

function groupsOfThree(words: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(words.length / 3) }, (_, i) => words.slice(3 * i, 3 * i + 3))
}

function shuffled<T>(items: readonly T[], { uniform }: Random): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
