/** ImageNet and the sets that test its classifiers on other pictures. */
import { join } from 'node:path'
import { readTextFile } from '../../../../bytes/read/file.node.ts'
import { parseJson } from '../json'
import { imageNetTemplates } from '../../../../inference/zero-shot/templates'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet } from '../../data-set'
import type { KnownSet } from '../../known-set'
import { folderSet } from './folder-set.node.ts'
import { readFolderPerClass } from './folder-per-class.node.ts'
import { firstThere, foldersIn } from './image-files.node.ts'

type ClassificationSets = Readonly<Record<string, KnownSet<ClassificationSet>>>

const imageNet = async (): Promise<ClassList> => (await import('../../classes/imagenet/imagenet')).imageNet

/** ImageNet's classes by their indices, which are the names of ImageNet-V2's folders. */
async function byIndex(): Promise<ClassList> {
  const list = await imageNet()
  return { ...list, keys: list.classes.map((_, at) => String(at)) }
}

export const imageNetSets: ClassificationSets = {
  imagenet: folderSet({
    name: 'imagenet',
    title: 'ImageNet-1k (ILSVRC 2012)',
    list: imageNet,
    needs: 'val (or train) with a folder per class, named by its WordNet id, such as n01440764',
    splits: {
      val: { folders: ['val', 'validation', 'ILSVRC/Data/CLS-LOC/val', ''], images: 50_000 },
      train: { folders: ['train', 'ILSVRC/Data/CLS-LOC/train'], images: 1_281_167 },
    },
  }),
  'imagenet-v2': folderSet({
    name: 'imagenet-v2',
    title: 'ImageNet-V2, matched frequency',
    list: byIndex,
    needs: 'the folders 0 to 999 of imagenetv2-matched-frequency-format-val',
    splits: { test: { folders: ['', 'imagenetv2-matched-frequency-format-val'], images: 10_000 } },
  }),
  'imagenet-a': folderSet({
    name: 'imagenet-a',
    title: 'ImageNet-A (natural adversarial examples)',
    list: async () => (await import('../../classes/imagenet/imagenet-a')).imageNetA,
    needs: '200 folders, named by WordNet ids, such as n01498041',
    splits: { test: { folders: ['', 'imagenet-a'], images: 7500 } },
  }),
  'imagenet-r': folderSet({
    name: 'imagenet-r',
    title: 'ImageNet-R (renditions)',
    list: async () => (await import('../../classes/imagenet/imagenet-r')).imageNetR,
    needs: '200 folders, named by WordNet ids, such as n01443537',
    splits: { test: { folders: ['', 'imagenet-r'], images: 30_000 } },
  }),
  'imagenet-sketch': folderSet({
    name: 'imagenet-sketch',
    title: 'ImageNet-Sketch',
    list: imageNet,
    needs: '1,000 folders, named by WordNet ids, such as n01440764',
    splits: { test: { folders: ['', 'sketch'], images: 50_889 } },
  }),
  objectnet: {
    title: 'ObjectNet, the 113 classes that it shares with ImageNet',
    task: 'classification',
    splits: ['test'],
    needs: objectNetNeeds(),
    open: (folder, { signal } = {}) => openObjectNet(folder, signal),
  },
}

function objectNetNeeds(): string {
  return 'images with a folder per class, and mappings with objectnet_to_imagenet_1k.json and folder_to_objectnet_label.json'
}

/** ObjectNet's archive lists the classes that ImageNet has too. Prompts use their names in lower case, as in CLIP_benchmark. */
async function openObjectNet(folder: string, signal?: AbortSignal): Promise<ClassificationSet> {
  const isThere = async (path: string) => {
    const names = await foldersIn(path)
    return names.includes('images') && names.includes('mappings')
  }
  const root = await firstThere(folder, ['', 'objectnet-1.0'], isThere, objectNetNeeds())
  const labelOfFolder = await readStrings(join(root, 'mappings', 'folder_to_objectnet_label.json'))
  const shared = await readStrings(join(root, 'mappings', 'objectnet_to_imagenet_1k.json'))
  const keys = [...labelOfFolder].filter(([, label]) => shared.has(label)).map(([key]) => key)
  keys.sort()
  const classes = keys.map((key) => labelOfFolder.get(key)!.toLowerCase())
  return readFolderPerClass({
    name: 'objectnet',
    split: 'test',
    folder: join(root, 'images'),
    list: { classes, keys, templates: imageNetTemplates },
    hasOthers: true,
    expected: 18_574,
    signal,
  })
}

/** @throws DreamLIPError `DATA_INVALID` unless the file is a JSON object of strings */
async function readStrings(file: string): Promise<Map<string, string>> {
  const value = Object.entries(parseJson(file, await readTextFile(file)))
  return new Map(value.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
