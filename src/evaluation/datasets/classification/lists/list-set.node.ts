/** Known data sets that are published with lists of the images of each split. */
import { join } from 'node:path'
import { exists } from '../../../../bytes/read/exists.node.ts'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { setOfSplits } from '../choose-split'
import { firstThere } from '../folders/image-files.node.ts'
import { readImageList, readListedImages, type ImageList, type ListedImage } from './listed-images.node.ts'

export interface ListSet {
  readonly name: string
  readonly title: string
  readonly classes: () => Promise<ClassList>
  readonly needs: string
  /** Possible folders of the data, relative to the user's folder. */
  readonly roots: readonly string[]
  /** The folder of the images inside it. */
  readonly images: string
  readonly splits: Readonly<Record<string, ListSplit>>
  /** Parses a line of a list; undefined if it cannot be parsed. */
  readonly parse: (line: string) => ListedImage | undefined
  /** A description of a line, for messages. */
  readonly line: string
}

interface ListSplit {
  /** The lists, relative to the data. */
  readonly lists: readonly string[]
  /** The number of images that the publishers state. */
  readonly images: number
}

export function listSet(set: ListSet): KnownSet<ClassificationSet> {
  const { name, title, classes, needs, roots, images, splits, parse, line } = set
  return setOfSplits({ title, needs, splits }, async (folder, { name: split, value }, signal) => {
    const isThere = (path: string) => exists(join(path, value.lists[0]!))
    const root = await firstThere(folder, roots, isThere, needs)
    const lists: ImageList[] = []
    for (const list of value.lists) lists.push(await readImageList(join(root, list), parse, line))
    return readListedImages({
      name,
      split,
      folder: join(root, images),
      list: await classes(),
      images: {
        entries: lists.flatMap(({ entries }) => entries),
        problems: lists.flatMap(({ problems }) => problems),
      },
      expected: value.images,
      signal,
    })
  })
}
