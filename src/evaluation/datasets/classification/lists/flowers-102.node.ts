/** Flowers-102: the images of all splits in one folder, and two MATLAB files with the labels and the splits; or a folder per class. */
import { join } from 'node:path'
import { exists } from '../../../../bytes/read/exists.node.ts'
import { readFileBytes } from '../../../../bytes/read/file.node.ts'
import { DreamLIPError } from '../../../../errors'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { chooseSplit } from '../choose-split'
import { folderSet } from '../folders/folder-set.node.ts'
import { readListedImages } from './listed-images.node.ts'
import { readMatNumbers } from './mat-numbers.node.ts'

const largestList = 16 * 1024 * 1024

/** The splits, with the names of their lists in `setid.mat`, and the number of images that the publishers state. */
const splits = {
  test: { list: 'tstid', folders: ['test'], images: 6149 },
  val: { list: 'valid', folders: ['valid', 'val', 'validation'], images: 1020 },
  train: { list: 'trnid', folders: ['train'], images: 1020 },
} as const

const needs = 'jpg, imagelabels.mat and setid.mat; or test, valid and train, each with the folders 1 to 102'

async function classes(): Promise<ClassList> {
  const { flowers102 } = await import('../../classes/fine-grained/flowers-102')
  return { ...flowers102, keys: flowers102.classes.map((_, at) => String(at + 1)) }
}

const inFolders = folderSet({ name: 'flowers102', title: 'Flowers-102', list: classes, needs, splits })

export const flowers102Set: KnownSet<ClassificationSet> = {
  ...inFolders,
  async open(folder, options = {}) {
    for (const root of [folder, join(folder, 'flowers-102')]) {
      if (await exists(join(root, 'setid.mat'))) return readLists(root, options)
    }
    return inFolders.open(folder, options)
  },
}

async function readLists(
  root: string,
  { split, signal }: { readonly split?: string; readonly signal?: AbortSignal },
): Promise<ClassificationSet> {
  const { name, value } = chooseSplit(splits, split)
  const labels = await readNumbers(join(root, 'imagelabels.mat'), 'labels')
  const images = await readNumbers(join(root, 'setid.mat'), value.list)
  const entries = images.map((image) => ({
    path: `image_${String(image).padStart(5, '0')}.jpg`,
    label: (labels[image - 1] ?? 0) - 1,
  }))
  return readListedImages({
    name: 'flowers102',
    split: name,
    folder: join(root, 'jpg'),
    list: await classes(),
    images: { entries, problems: [] },
    expected: value.images,
    signal,
  })
}

async function readNumbers(file: string, name: string): Promise<readonly number[]> {
  const found = readMatNumbers(file, await readFileBytes(file, largestList)).get(name)
  if (found) return found
  throw new DreamLIPError('DATA_INVALID', `${file}: expected an array of numbers named ${name}; there is none.`)
}
