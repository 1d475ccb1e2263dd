/** Reads images that a list of the data set assigns to a split and to classes. */
import { readTextFile } from '../../../../bytes/read/file.node.ts'
import nodePath from 'node:path'
import { pathInside } from '../../../../data/readers/locations/inside-folder.node.ts'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet, ClassifiedImage, DataProblem } from '../../data-set'
import { classFinder } from '../class-index'
import { filesOf } from '../folders/image-files.node.ts'
import { missingImage, unknownClass, unreadableLine, wrongCount } from '../problems'

/** An entry of a list. */
export interface ListedImage {
  /** Relative to the folder of the images. */
  readonly path: string
  /** The class by its name, or by its index. */
  readonly label: string | number
}

/** The contents of a list: its entries, and the problems of lines that cannot be parsed. */
export interface ImageList {
  readonly entries: readonly ListedImage[]
  readonly problems: readonly DataProblem[]
}

export interface ListedImages {
  readonly name: string
  readonly split: string
  /** The folder of the images. */
  readonly folder: string
  readonly list: ClassList
  readonly images: ImageList
  /** The number of images that the publishers state. */
  readonly expected?: number
  readonly signal?: AbortSignal
}

/**
 * Missing images of the list stay in the set: they count as wrong.
 * @throws the signal's reason when aborted
 */
export async function readListedImages(layout: ListedImages): Promise<ClassificationSet> {
  const { name, split, folder, list, images, expected, signal } = layout
  const there = new Set((await filesOf(folder, signal)).images)
  const findClass = classFinder(list)
  const samples: ClassifiedImage[] = []
  const strangers = new Map<string, number>()
  const problems: DataProblem[] = [...images.problems]
  for (const { path, label } of images.entries) {
    const at = typeof label === 'number' ? (label in list.classes ? label : undefined) : findClass(label)
    if (at === undefined) {
      strangers.set(String(label), (strangers.get(String(label)) ?? 0) + 1)
      continue
    }
    if (!there.has(path)) problems.push(missingImage(path))
    samples.push({ id: path, image: nodePath.join(folder, path), classes: [at] })
  }
  problems.push(...[...strangers].map(([key, count]) => unknownClass(key, count)))
  problems.push(...wrongCount(`${name}, ${split}`, expected, samples.length))
  return { task: 'classification', name, split, classes: list.classes, templates: list.templates, samples, problems }
}

/**
 * The lines of a list. Empty lines and lines that start with `#` are skipped.
 * @param parse parses a line; undefined if it cannot be parsed
 * @param expected a description of a line, for messages
 * @throws DreamLIPError `SOURCE_UNREADABLE`
 */
export async function readImageList(
  file: string,
  parse: (line: string) => ListedImage | undefined,
  expected: string,
): Promise<ImageList> {
  const entries: ListedImage[] = []
  const problems: DataProblem[] = []
  const list = nodePath.basename(file)
  const lines = (await readTextFile(file)).split(/\r?\n/)
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const entry = parse(line.trim())
    // A list must not name files outside the folder of the images.
    if (entry && pathInside('/', entry.path, nodePath) !== undefined) entries.push(entry)
    else problems.push(unreadableLine(list, i + 1, line, expected))
  })
  return { entries, problems }
}
