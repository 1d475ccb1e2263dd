/** Reads images from one folder per class. */
import { join } from 'node:path'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet, ClassifiedImage, DataProblem } from '../../data-set'
import { classFinder } from '../class-index'
import { filesOf, type FilesOfFolder } from './image-files.node.ts'
import { missingClass, notAnImage, unknownClass, wrongCount } from '../problems'

export interface FolderPerClass {
  readonly name: string
  readonly split: string
  /** The folder that contains the folders of the classes. */
  readonly folder: string
  readonly list: ClassList
  /** Returns the class that a path in the folder names; default: the path's first folder. */
  readonly keyOf?: (path: string) => string
  /** Whether the data set has folders without a class, as ObjectNet does. */
  readonly hasOthers?: boolean
  /** The number of images that the publishers state. */
  readonly expected?: number
  readonly signal?: AbortSignal
}

/** @throws the signal's reason when aborted */
export async function readFolderPerClass(layout: FolderPerClass): Promise<ClassificationSet> {
  const { name, split, folder, list, keyOf = firstFolder, hasOthers = false, expected, signal } = layout
  const files = await filesOf(folder, signal)
  const findClass = classFinder(list)
  const samples: ClassifiedImage[] = []
  const strangers = new Map<string, number>()
  for (const path of files.images) {
    const key = keyOf(path)
    const at = findClass(key)
    if (at !== undefined) samples.push({ id: path, image: join(folder, path), classes: [at] })
    else if (!hasOthers) strangers.set(key, (strangers.get(key) ?? 0) + 1)
  }
  const problems = [
    ...[...strangers].map(([key, images]) => unknownClass(key === '' ? folder : key, images)),
    ...classesWithout(samples, list, folder),
    ...strayFiles(files),
    ...wrongCount(`${name}, ${split}`, expected, samples.length),
  ]
  return { task: 'classification', name, split, classes: list.classes, templates: list.templates, samples, problems }
}

function firstFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

function classesWithout(samples: readonly ClassifiedImage[], list: ClassList, folder: string): DataProblem[] {
  const found = new Set(samples.map(({ classes: [at] }) => at))
  const names = list.keys ?? list.classes
  return names.flatMap((name, at) => (found.has(at) ? [] : [missingClass(name, folder)]))
}

/** Files among the images of a class that are not images. Files beside the folders of the classes are notes about the data. */
function strayFiles({ others }: FilesOfFolder): DataProblem[] {
  return others.filter((path) => path.includes('/')).map(notAnImage)
}
