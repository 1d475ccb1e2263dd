/** Known data sets by the split files of CoOp: JSON with lists of `[path, label, class name]` for each split. */
import nodePath, { basename, dirname, join } from 'node:path'
import { exists } from '../../../../bytes/read/exists.node.ts'
import { readTextFile } from '../../../../bytes/read/file.node.ts'
import { pathInside } from '../../../../data/readers/locations/inside-folder.node.ts'
import { DreamLIPError } from '../../../../errors'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet, DataProblem } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { setOfSplits } from '../choose-split'
import { firstThere } from '../folders/image-files.node.ts'
import { parseJson } from '../json'
import { readListedImages, type ImageList, type ListedImage } from './listed-images.node.ts'
import { unreadableLine } from '../problems'

export interface SplitFileSet {
  readonly name: string
  readonly title: string
  readonly list: () => Promise<ClassList>
  /** The name of the JSON file. */
  readonly file: string
  /** The source of the class: the image's folder, or the label, which counts from 0 in the order of the classes. */
  readonly classIn: 'folder' | 'label'
  /** Possible folders of the images, relative to the user's folder. */
  readonly images: readonly string[]
}

/** The names of the splits, and of their lists in the file. */
const splits = { test: 'test', val: 'val', train: 'train' } as const

export function splitFileSet({ name, title, list, file, classIn, images }: SplitFileSet): KnownSet<ClassificationSet> {
  const needs = `${file}, and the images in ${images[0] || 'the folders that it names'}`
  return setOfSplits({ title, needs, splits }, async (folder, { name: split, value }, signal) => {
    const parents = [...new Set(images.map((path) => dirname(path)))]
    const path = await firstThere(folder, [file, ...parents.map((parent) => join(parent, file))], exists, needs)
    return readListedImages({
      name,
      split,
      folder: await firstThere(folder, images, exists, needs),
      list: await list(),
      images: entriesOf(path, parseJson(path, await readTextFile(path)), value, classIn),
      signal,
    })
  })
}

function entriesOf(file: string, content: object, key: string, classIn: SplitFileSet['classIn']): ImageList {
  const rows: unknown = Object.hasOwn(content, key) ? (content as Record<string, unknown>)[key] : undefined
  if (!Array.isArray(rows)) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${file}: expected a list ${key} of [path, label, class name]; there is none.`,
    )
  }
  const entries: ListedImage[] = []
  const problems: DataProblem[] = []
  rows.forEach((row: unknown, i) => {
    const entry = toEntry(row, classIn)
    if (entry) entries.push(entry)
    else
      problems.push(
        unreadableLine(`${basename(file)}, ${key}`, i, JSON.stringify(row) ?? '', '[path, label, class name]'),
      )
  })
  return { entries, problems }
}

function toEntry(row: unknown, classIn: SplitFileSet['classIn']): ListedImage | undefined {
  const [path, label] = Array.isArray(row) ? (row as unknown[]) : []
  if (typeof path !== 'string' || pathInside('/', path, nodePath) === undefined) return undefined
  if (classIn === 'folder') return { path, label: path.slice(0, Math.max(0, path.indexOf('/'))) }
  return Number.isSafeInteger(label) ? { path, label: label as number } : undefined
}
