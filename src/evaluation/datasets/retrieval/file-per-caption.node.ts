/** Sets with a file for each caption: Urban1k, DCI. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readWholeText } from '../../../data/readers/text/whole-text.node.ts'
import { DreamLIPError } from '../../../errors'
import { parseJSON } from '../../../data/readers/text/json-text'
import type { DataProblem, RetrievalSet } from '../data-set'
import { findInside, findOptional } from '../listed/find-inside.node.ts'
import { textOf, type Fields } from '../listed/listed-values.node.ts'
import { readFLAIR } from './long-captions.node.ts'
import { toRetrievalSet, type ListedImage } from './retrieval-set.node.ts'

const needs = {
  urban1k: 'image/ and caption/ (Long-CLIP), or images/ and annotations/annotations.json (FLAIR)',
  dci: 'splits.json, annotations/ and photos/, at its top or in densely_captioned_images/',
}

/** Urban1k: `caption/1.txt` describes `image/1.jpg` in its first line. */
export async function readUrban1k(folder: string, signal?: AbortSignal): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const common = { name: 'urban1k', split: 'all', isLong: true, problems, expected: { images: 1000, captions: 1000 } }
  const list = await findOptional(folder, ['annotations/annotations.json'])
  if (list !== undefined) {
    const images = await findInside(folder, ['images', 'image'], needs.urban1k)
    return toRetrievalSet({ ...common, images, listed: await readFLAIR(list, problems, signal) }, signal)
  }
  const captions = await findInside(folder, ['caption', 'Urban1k/caption'], needs.urban1k)
  const images = await findInside(folder, ['image', 'Urban1k/image'], needs.urban1k)
  const names = (await readdir(captions)).filter((name) => name.endsWith('.txt')).sort(byNumber)
  const described = new Set(names.map((name) => name.replace(/\.txt$/, '')))
  for (const name of (await readdir(images)).filter((name) => !described.has(name.replace(/\.[^.]+$/, '')))) {
    problems.push({
      item: name,
      reason: 'captions-missing',
      message: `${name}: it has no file in ${captions}, and is left out.`,
    })
  }
  const listed = await readAll(
    names,
    async (name): Promise<ListedImage> => {
      const text = await readWholeText(join(captions, name), () => undefined)
      const file = name.replace(/\.txt$/, '.jpg')
      return { id: file, file, captions: [text.split(/\r?\n/, 1)[0]!] }
    },
    problems,
    signal,
  )
  return toRetrievalSet({ ...common, images, listed }, signal)
}

/** `2.txt` before `10.txt`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** DCI, all splits: the short caption, a line end, and the extra caption. */
export async function readDCI(folder: string, signal?: AbortSignal): Promise<RetrievalSet> {
  const problems: DataProblem[] = []
  const list = await findInside(folder, ['splits.json', 'densely_captioned_images/splits.json'], needs.dci)
  const root = join(list, '..')
  const names = Object.values(await readObject(list)).flatMap((part) =>
    Array.isArray(part) ? (part as unknown[]) : [],
  )
  const files = names.filter((name) => typeof name === 'string')
  const listed = await readAll(
    files,
    async (name) => {
      const value = await readObject(join(root, 'annotations', name))
      const file = textOf(value['image']) ?? name.replace(/\.json$/, '.jpg')
      return { id: file, file, captions: [captionOf(value)] }
    },
    problems,
    signal,
  )
  const expected = { images: 7805, captions: 7805 }
  return toRetrievalSet(
    { name: 'dci', split: 'all', isLong: true, images: join(root, 'photos'), listed, problems, expected },
    signal,
  )
}

function captionOf(value: Fields): string {
  return `${textOf(value['short_caption']) ?? ''}\n${textOf(value['extra_caption']) ?? ''}`.trim()
}

async function readObject(path: string): Promise<Fields> {
  const text = await readWholeText(path, () => undefined)
  try {
    const value = parseJSON(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  } catch {
    // The error below says what was expected.
  }
  throw new DreamLIPError('DATA_INVALID', `${path}: expected an object in JSON.`)
}

/** Files that are read at once. */
const atOnce = 32

/** Reads files in order. Those that cannot be read are added to `problems`. */
async function readAll(
  names: readonly string[],
  read: (name: string) => Promise<ListedImage>,
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<ListedImage[]> {
  const listed: ListedImage[] = []
  for (let from = 0; from < names.length; from += atOnce) {
    signal?.throwIfAborted()
    const chunk = names.slice(from, from + atOnce)
    const results = await Promise.allSettled(chunk.map(read))
    results.forEach((result, i) => {
      if (result.status === 'fulfilled') return listed.push(result.value)
      if (!(result.reason instanceof DreamLIPError)) throw result.reason
      return problems.push({ item: chunk[i]!, reason: 'captions-unreadable', message: result.reason.message })
    })
  }
  return listed
}
