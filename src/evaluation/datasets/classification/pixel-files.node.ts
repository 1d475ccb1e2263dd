/** Data sets that are published as a few files of pixels: CIFAR-10, CIFAR-100, MNIST, STL-10. */
import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { joinBytes } from '../../../bytes/chunks'
import { readFileBytes } from '../../../bytes/read/file.node.ts'
import { streamUnpacked } from '../../../data/readers/text/gunzip.node.ts'
import { DreamLIPError } from '../../../errors'
import type { ClassList } from '../classes/class-list'
import type { ClassificationSet, ClassifiedImage, DataProblem } from '../data-set'
import { readCifar, type LabelledPixels } from './cifar'
import { readIdxImages, readIdxLabels } from './idx'
import { firstThere } from './image-files.node.ts'
import { wrongCount } from './problems'
import { readSTL10 } from './stl-10'

/** The largest file of these data sets has 415 MB (STL-10's unlabelled images have more, and are not read). */
const largestFile = 2 ** 30

export interface PixelFiles {
  readonly name: string
  readonly split: string
  /** Images with labels, by the name of the file that they are in. */
  readonly files: readonly { readonly file: string; readonly images: readonly LabelledPixels[] }[]
  readonly list: ClassList
  /** The label of the first class. */
  readonly firstLabel: 0 | 1
  readonly expected: number
}

function toSet({ name, split, files, list, firstLabel, expected }: PixelFiles): ClassificationSet {
  const samples: ClassifiedImage[] = []
  const problems: DataProblem[] = []
  for (const { file, images } of files) {
    images.forEach(({ image, label }, i) => {
      const id = `${file}/${i}`
      const at = label - firstLabel
      if (at in list.classes) samples.push({ id, image, classes: [at] })
      else problems.push(unknownLabel(id, label, firstLabel, list.classes.length))
    })
  }
  problems.push(...wrongCount(`${name}, ${split}`, expected, samples.length))
  return { task: 'classification', name, split, classes: list.classes, templates: list.templates, samples, problems }
}

function unknownLabel(item: string, label: number, first: number, count: number): DataProblem {
  const message = `${item}: expected a label from ${first} to ${first + count - 1}; got ${label}. The image is left out.`
  return { item, reason: 'label-unknown', message }
}

/** What differs between CIFAR-10 and CIFAR-100. */
export interface CifarVersion {
  readonly name: string
  readonly list: ClassList
  readonly labels: 1 | 2
  /** The folder that the archive unpacks to, and that of the version for Python. */
  readonly folder: string
  readonly pythonFolder: string
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** @throws DreamLIPError `DATA_INVALID` if the folder lacks the binary version, or if one of its files is damaged */
export async function readCifarFiles(
  folder: string,
  split: string,
  version: CifarVersion,
  signal?: AbortSignal,
): Promise<ClassificationSet> {
  const names = version.files[split]!
  const isThere = (path: string) => exists(join(path, names[0]!))
  if (!(await anyThere(folder, ['', version.folder], isThere))) {
    await refusePickles(folder, version)
  }
  const needs = `${version.folder} with ${names.join(', ')}`
  const root = await firstThere(folder, ['', version.folder], isThere, needs)
  const files = []
  for (const file of names) {
    signal?.throwIfAborted()
    const path = join(root, file)
    files.push({ file, images: readCifar(path, await readFileBytes(path, largestFile), version.labels) })
  }
  const expected = split === 'test' ? 10_000 : 50_000
  return toSet({ name: version.name, split, files, list: version.list, firstLabel: 0, expected })
}

/** Pickles may run any code in Python, and are not read here. The binary version holds the same images. */
async function refusePickles(folder: string, { pythonFolder, folder: binary }: CifarVersion): Promise<void> {
  const candidates = [pythonFolder, '']
  const isThere = async (path: string) => (await exists(join(path, 'batches.meta'))) || exists(join(path, 'meta'))
  if (!(await anyThere(folder, candidates, isThere))) return
  throw new DreamLIPError(
    'DATA_INVALID',
    `${folder}: expected the binary version of CIFAR; it holds the version for Python, which consists of pickles. ` +
      `Download the binary version, which unpacks to ${binary}: it holds the same images in the same order.`,
  )
}

/** @throws DreamLIPError `DATA_INVALID` */
export async function readMnistFiles(
  folder: string,
  split: string,
  list: ClassList,
  signal?: AbortSignal,
): Promise<ClassificationSet> {
  const stem = split === 'test' ? 't10k' : 'train'
  const imageFile = `${stem}-images-idx3-ubyte`
  const labelFile = `${stem}-labels-idx1-ubyte`
  const isThere = async (path: string) => (await exists(join(path, imageFile))) || exists(join(path, `${imageFile}.gz`))
  const needs = `${imageFile} and ${labelFile}, with or without .gz`
  const root = await firstThere(folder, ['', 'MNIST/raw', 'raw'], isThere, needs)
  const images = readIdxImages(join(root, imageFile), await readPlainOrPacked(join(root, imageFile)))
  signal?.throwIfAborted()
  const labels = readIdxLabels(join(root, labelFile), await readPlainOrPacked(join(root, labelFile)))
  if (labels.length !== images.length) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${labelFile}: expected ${images.length} labels, one per image; got ${labels.length}.`,
    )
  }
  const pixels = images.map((image, i) => ({ image, label: labels[i]! }))
  const expected = split === 'test' ? 10_000 : 60_000
  return toSet({ name: 'mnist', split, files: [{ file: imageFile, images: pixels }], list, firstLabel: 0, expected })
}

/** @throws DreamLIPError `DATA_INVALID` */
export async function readSTL10Files(folder: string, split: string, list: ClassList): Promise<ClassificationSet> {
  const file = `${split}_X.bin`
  const isThere = (path: string) => exists(join(path, file))
  const root = await firstThere(folder, ['', 'stl10_binary'], isThere, `stl10_binary with ${file} and ${split}_y.bin`)
  const bytes = await readFileBytes(join(root, file), largestFile)
  const labels = await readFileBytes(join(root, `${split}_y.bin`), largestFile)
  const images = readSTL10(join(root, file), bytes, labels)
  return toSet({
    name: 'stl10',
    split,
    files: [{ file, images }],
    list,
    firstLabel: 1,
    expected: split === 'test' ? 8000 : 5000,
  })
}

async function readPlainOrPacked(path: string): Promise<Uint8Array> {
  if (await exists(path)) return readFileBytes(path, largestFile)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of streamUnpacked(`${path}.gz`)) {
    chunks.push(chunk)
    length += chunk.length
    if (length > largestFile) {
      throw new DreamLIPError(
        'DATA_INVALID',
        `${basename(path)}.gz: expected at most ${largestFile} bytes unpacked; it has more.`,
      )
    }
  }
  return joinBytes(chunks, length)
}

async function anyThere(folder: string, candidates: readonly string[], isThere: (path: string) => Promise<boolean>) {
  for (const candidate of candidates) if (await isThere(join(folder, candidate))) return true
  return false
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
