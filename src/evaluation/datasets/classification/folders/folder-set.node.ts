/** Known data sets that are published with a folder per class. */
import { join } from 'node:path'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { classFinder } from '../class-index'
import { readFolderPerClass } from './folder-per-class.node.ts'
import { firstThere, foldersIn } from './image-files.node.ts'
import { chooseSplit } from '../choose-split'

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
  return {
    title,
    task: 'classification',
    splits: Object.keys(splits),
    needs,
    async open(folder, { split, signal } = {}) {
      const { name: chosen, value } = chooseSplit(splits, split)
      const classes = await list()
      const findClass = classFinder(classes)
      const isThere = async (path: string) => {
        const folders = await foldersIn(letters ? join(path, 'a') : path)
        return folders.some((key) => findClass(key) !== undefined)
      }
      const root = await firstThere(folder, value.folders, isThere, needs)
      return readFolderPerClass({
        name,
        split: chosen,
        folder: root,
        list: classes,
        keyOf,
        expected: value.images,
        signal,
      })
    },
  }
}
