/** Known data sets that are published with a folder per class. */
import { join } from 'node:path'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { classFinder } from '../class-index'
import { readFolderPerClass } from './folder-per-class.node.ts'
import { firstThere, foldersIn } from './image-files.node.ts'
import { setOfSplits } from '../choose-split'

export interface FolderSet {
  readonly name: string
  readonly title: string
  readonly list: () => Promise<ClassList>
  readonly needs: string
  readonly splits: Readonly<Record<string, FolderSplit>>
  /** Returns the class that a path names; default: the path's first folder. */
  readonly keyOf?: (path: string) => string
  /** Whether the class folders are grouped in folders of their first letters, as in SUN397. */
  readonly letters?: boolean
}

interface FolderSplit {
  /** Possible locations of the class folders, relative to the user's folder. */
  readonly folders: readonly string[]
  /** The number of images that the publishers state. */
  readonly images: number
}

export function folderSet({
  name,
  title,
  list,
  needs,
  splits,
  keyOf,
  letters = false,
}: FolderSet): KnownSet<ClassificationSet> {
  return setOfSplits({ title, needs, splits }, async (folder, split, signal) => {
    const classes = await list()
    const findClass = classFinder(classes)
    const isThere = async (path: string) => {
      const folders = await foldersIn(letters ? join(path, 'a') : path)
      return folders.some((key) => findClass(key) !== undefined)
    }
    return readFolderPerClass({
      name,
      split: split.name,
      folder: await firstThere(folder, split.value.folders, isThere, needs),
      list: classes,
      keyOf,
      expected: split.value.images,
      signal,
    })
  })
}
