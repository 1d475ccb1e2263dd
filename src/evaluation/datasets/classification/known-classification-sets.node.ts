/** The classification sets that can be evaluated by name. Numbers of images are those that the publishers state. */
import { DreamLIPError } from '../../../errors'
import { isURL } from '../../../bytes/http/address'
import { defaultTemplates } from '../../../inference/zero-shot/zero-shot'
import type { ClassificationSet } from '../data-set'
import type { KnownSet } from '../known-set'
import { setOfSplits } from './choose-split'
import { readFolderPerClass } from './folders/folder-per-class.node.ts'
import { flowers102Set } from './lists/flowers-102.node.ts'
import { folderSet } from './folders/folder-set.node.ts'
import { foldersIn, layoutMissing } from './folders/image-files.node.ts'
import { imageNetSets } from './folders/image-net.node.ts'
import { listSet } from './lists/list-set.node.ts'
import { readCifarFiles, readMnistFiles, readSTL10Files } from './pixels/pixel-files.node.ts'
import { splitFileSet } from './lists/split-file.node.ts'
import { readWebDataset } from './web-dataset/web-dataset.node.ts'

type ClassificationSets = Readonly<Record<string, KnownSet<ClassificationSet>>>

const folderSets: ClassificationSets = {
  caltech101: folderSet({
    name: 'caltech101',
    title: 'Caltech-101, all images with the background class',
    list: async () => (await import('../classes/caltech-101')).caltech101,
    needs: '101_ObjectCategories with a folder per class',
    splits: {
      all: {
        folders: ['101_ObjectCategories', 'caltech-101/101_ObjectCategories', 'caltech101/101_ObjectCategories', ''],
        images: 9144,
      },
    },
  }),
  eurosat: folderSet({
    name: 'eurosat',
    title: 'EuroSAT, RGB',
    list: async () => (await import('../classes/eurosat')).euroSAT,
    needs: '2750 (or EuroSAT_RGB) with a folder per class, such as AnnualCrop',
    splits: { all: { folders: ['2750', 'EuroSAT_RGB', 'eurosat/2750', ''], images: 27_000 } },
  }),
  flowers102: flowers102Set,
  'sun397-all': folderSet({
    name: 'sun397-all',
    title: 'SUN397, all images, as CLIP_benchmark evaluates it',
    list: async () => (await import('../classes/sun397')).sun397,
    needs: 'the folders a to z of SUN397, each with the folders of its scenes, such as a/abbey',
    splits: { all: { folders: ['SUN397', ''], images: 108_754 } },
    keyOf: (path) => path.split('/').slice(1, -1).join(' '),
    letters: true,
  }),
  cars: folderSet({
    name: 'cars',
    title: 'Stanford Cars',
    list: async () => (await import('../classes/fine-grained/cars')).cars,
    needs:
      'test (or train) with a folder per class, such as "Acura RL Sedan 2012", or split_zhou_StanfordCars.json for the set cars-coop. ' +
      'The lists of the original are MATLAB files, which are not read',
    splits: {
      test: { folders: ['test', 'cars_test', 'car_data/test', 'car_data/car_data/test'], images: 8041 },
      train: { folders: ['train', 'cars_train', 'car_data/train', 'car_data/car_data/train'], images: 8144 },
    },
  }),
}

const listSets: ClassificationSets = {
  dtd: listSet({
    name: 'dtd',
    title: 'Describable Textures, first of its ten splits',
    classes: async () => (await import('../classes/dtd')).dtd,
    needs: 'images with a folder per class, and labels with test1.txt',
    roots: ['', 'dtd', 'dtd/dtd'],
    images: 'images',
    splits: {
      test: { lists: ['labels/test1.txt'], images: 1880 },
      val: { lists: ['labels/val1.txt'], images: 1880 },
      train: { lists: ['labels/train1.txt'], images: 1880 },
    },
    parse: (line) => ({ path: line, label: line.split('/')[0]! }),
    line: 'a path such as banded/banded_0002.jpg',
  }),
  'fgvc-aircraft': listSet({
    name: 'fgvc-aircraft',
    title: 'FGVC-Aircraft, by variant',
    classes: async () => (await import('../classes/fine-grained/aircraft')).aircraft,
    needs: 'data with images and images_variant_test.txt',
    roots: ['data', '', 'fgvc-aircraft-2013b/data'],
    images: 'images',
    splits: {
      test: { lists: ['images_variant_test.txt'], images: 3333 },
      val: { lists: ['images_variant_val.txt'], images: 3333 },
      train: { lists: ['images_variant_train.txt'], images: 3334 },
      trainval: { lists: ['images_variant_trainval.txt'], images: 6667 },
    },
    parse: (line) => withLabel(/^(\d+) +(.+)$/.exec(line)),
    line: 'a number and a variant, such as 1514522 707-320',
  }),
  food101: listSet({
    name: 'food101',
    title: 'Food-101',
    classes: async () => (await import('../classes/fine-grained/food-101')).food101,
    needs: 'images with a folder per class, and meta with test.txt',
    roots: ['', 'food-101'],
    images: 'images',
    splits: {
      test: { lists: ['meta/test.txt'], images: 25_250 },
      train: { lists: ['meta/train.txt'], images: 75_750 },
    },
    parse: (line) => ({ path: `${line}.jpg`, label: line.split('/')[0]! }),
    line: 'a path such as apple_pie/1011328',
  }),
  pets: listSet({
    name: 'pets',
    title: 'Oxford-IIIT Pets',
    classes: async () => (await import('../classes/fine-grained/pets')).pets,
    needs: 'images, and annotations with test.txt',
    roots: ['', 'oxford-iiit-pet'],
    images: 'images',
    splits: {
      test: { lists: ['annotations/test.txt'], images: 3669 },
      trainval: { lists: ['annotations/trainval.txt'], images: 3680 },
    },
    parse(line) {
      const [, image, number] = /^(\S+) (\d+) \d+ \d+$/.exec(line) ?? []
      return image === undefined ? undefined : { path: `${image}.jpg`, label: Number(number) - 1 }
    },
    line: 'an image and three numbers, such as Abyssinian_201 1 1 1',
  }),
  sun397: listSet({
    name: 'sun397',
    title: 'SUN397, first of its ten splits',
    classes: async () => (await import('../classes/sun397')).sun397,
    needs: 'the folders a to z of SUN397, and Testing_01.txt of its Partitions beside them or in Partitions',
    roots: ['', 'SUN397'],
    images: '',
    splits: {
      test: { lists: ['Partitions/Testing_01.txt'], images: 19_850 },
      train: { lists: ['Partitions/Training_01.txt'], images: 19_850 },
    },
    parse(line) {
      const path = line.replace(/^\/+/, '')
      const [, label] = /^[a-z]\/(.+)\/[^/]+$/.exec(path) ?? []
      return label === undefined ? undefined : { path, label }
    },
    line: 'a path such as /a/abbey/sun_aakbdcgfpksytcwj.jpg',
  }),
}

function withLabel(match: RegExpExecArray | null) {
  const [, image, label] = match ?? []
  return image === undefined || label === undefined ? undefined : { path: `${image}.jpg`, label }
}

/** The splits that CoOp (Zhou et al., 2022) published as JSON, for data sets whose own lists are MATLAB files or do not exist. */
const splitFileSets: ClassificationSets = {
  'caltech101-coop': splitFileSet({
    name: 'caltech101-coop',
    title: "Caltech-101, CoOp's split",
    list: async () => (await import('../classes/caltech-101')).caltech101,
    file: 'split_zhou_Caltech101.json',
    classIn: 'folder',
    images: ['101_ObjectCategories', 'caltech-101/101_ObjectCategories'],
  }),
  'eurosat-coop': splitFileSet({
    name: 'eurosat-coop',
    title: "EuroSAT, CoOp's split",
    list: async () => (await import('../classes/eurosat')).euroSAT,
    file: 'split_zhou_EuroSAT.json',
    classIn: 'folder',
    images: ['2750', 'eurosat/2750'],
  }),
  'flowers102-coop': splitFileSet({
    name: 'flowers102-coop',
    title: "Flowers-102, CoOp's split",
    list: async () => (await import('../classes/fine-grained/flowers-102')).flowers102,
    file: 'split_zhou_OxfordFlowers.json',
    classIn: 'label',
    images: ['jpg', 'oxford_flowers/jpg'],
  }),
  'cars-coop': splitFileSet({
    name: 'cars-coop',
    title: "Stanford Cars, CoOp's split",
    list: async () => (await import('../classes/fine-grained/cars')).cars,
    file: 'split_zhou_StanfordCars.json',
    classIn: 'label',
    images: ['', 'stanford_cars'],
  }),
}

/** The parts of sets of pixels; their readers need only the names. */
const testAndTrain = { test: 'test', train: 'train' } as const

const pixelSets: ClassificationSets = {
  cifar10: setOfSplits(
    {
      title: 'CIFAR-10',
      needs: 'cifar-10-batches-bin, the binary version, or cifar-10-batches-py, the one for Python',
      splits: testAndTrain,
    },
    async (folder, { value }, signal) => {
      const { cifar10: list } = await import('../classes/cifar-10')
      const train = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}`)
      const folders = { binaryFolder: 'cifar-10-batches-bin', pythonFolder: 'cifar-10-batches-py' }
      const version = { name: 'cifar10', list, labels: 1, ...folders, files: { test: ['test_batch'], train } } as const
      return readCifarFiles(folder, value, version, signal)
    },
  ),
  cifar100: setOfSplits(
    {
      title: 'CIFAR-100',
      needs: 'cifar-100-binary, the binary version, or cifar-100-python, the one for Python',
      splits: testAndTrain,
    },
    async (folder, { value }, signal) => {
      const { cifar100: list } = await import('../classes/cifar-100')
      const folders = { binaryFolder: 'cifar-100-binary', pythonFolder: 'cifar-100-python' }
      const files = { test: ['test'], train: ['train'] }
      return readCifarFiles(folder, value, { name: 'cifar100', list, labels: 2, ...folders, files }, signal)
    },
  ),
  mnist: setOfSplits(
    {
      title: 'MNIST',
      needs: 't10k-images-idx3-ubyte, t10k-labels-idx1-ubyte and the same of train, with or without .gz',
      splits: testAndTrain,
    },
    async (folder, { value }, signal) =>
      readMnistFiles(folder, value, (await import('../classes/mnist')).mnist, signal),
  ),
  stl10: setOfSplits(
    { title: 'STL-10', needs: 'stl10_binary with test_X.bin and test_y.bin', splits: testAndTrain },
    async (folder, { value }) => readSTL10Files(folder, value, (await import('../classes/stl-10')).stl10),
  ),
}

const otherSets: ClassificationSets = {
  pcam: folderSet({
    name: 'pcam',
    title: 'PatchCamelyon',
    list: async () => {
      const { pcam } = await import('../classes/pcam')
      return { ...pcam, keys: ['0', '1'] }
    },
    needs:
      'test with the folders 0 (no tumor) and 1 (tumor). The HDF5 files of the original are not read: write each image of ' +
      'camelyonpatch_level_2_split_test_x.h5 as PNG to the folder of its label, or use the set wds with the files of CLIP_benchmark',
    splits: {
      test: { folders: ['test'], images: 32_768 },
      val: { folders: ['valid'], images: 32_768 },
      train: { folders: ['train'], images: 262_144 },
    },
  }),
  wds: {
    title: 'a WebDataset of CLIP_benchmark, in a folder or at an address',
    task: 'classification',
    splits: ['test', 'train', 'val'],
    needs: 'classnames.txt, zeroshot_classification_templates.txt, and test with 0.tar, 1.tar, … and nshards.txt',
    open: (folder, options) => readWebDataset(folder, options),
  },
  folders: {
    title: 'any images in a folder per class',
    task: 'classification',
    splits: ['all'],
    needs: 'a folder per class, whose name is that of the class',
    open: (folder, { signal } = {}) => openFolders(folder, signal),
  },
}

/** The user's own images. The names of the folders are those of the classes; underscores become spaces. */
async function openFolders(folder: string, signal?: AbortSignal): Promise<ClassificationSet> {
  if (isURL(folder))
    throw new DreamLIPError('DATA_INVALID', `${folder}: expected a folder on this machine; got an address.`)
  const keys = await foldersIn(folder)
  if (keys.length === 0) throw await layoutMissing(folder, 'a folder per class')
  const classes = keys.map((key) => key.replaceAll('_', ' '))
  return readFolderPerClass({
    name: folder.replace(/[/\\]+$/, '').replace(/^.*[/\\]/s, ''),
    split: 'all',
    folder,
    list: { classes, keys, templates: defaultTemplates },
    signal,
  })
}

/** By the names that `dreamlip eval` uses, which are those of CLIP_benchmark where it has them. */
export const classificationSets: ClassificationSets = {
  ...imageNetSets,
  ...folderSets,
  ...listSets,
  ...splitFileSets,
  ...pixelSets,
  ...otherSets,
}
