/** Data sets that are published as a few files of pixels: CIFAR-10, CIFAR-100, MNIST, STL-10. */
import { basename, join } from 'node:path'
import { exists } from '../../../../bytes/read/exists.node.ts'
import { joinBytes } from '../../../../bytes/chunks'
import { readFileBytes } from '../../../../bytes/read/file.node.ts'
import { streamUnpacked } from '../../../../data/readers/text/gunzip.node.ts'
import { DreamLIPError } from '../../../../errors'
import type { ClassList } from '../../classes/class-list'
import type { ClassificationSet, ClassifiedImage, DataProblem } from '../../data-set'
import { readCifar, type LabelledPixels } from './cifar'
import { readCifarPickle } from './cifar-pickle'
import { readIdxImages, readIdxLabels } from './idx'
import { firstThere } from '../folders/image-files.node.ts'
import { wrongCount } from '../problems'
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

/** The differences between CIFAR-10 and CIFAR-100. */
export interface CifarVersion {
  readonly name: string
  readonly list: ClassList
  /** Labels per image in the binary version. */
  readonly labels: 1 | 2
  /** The folders that the archives of both versions unpack to. */
  readonly binaryFolder: string
  readonly pythonFolder: string
  /** The names of the files of a split, without the ending `.bin` of the binary version. */
  readonly files: Readonly<Record<string, readonly string[]>>
}

/**
 * Reads the binary version, or the one for Python.
 * @throws DreamLIPError `DATA_INVALID` if the folder has neither, or if a file is damaged; `PICKLE_…` as `readCifarPickle`
 */
export async function readCifarFiles(
  folder: string,
  split: string,
  { name, list, labels, binaryFolder, pythonFolder, files }: CifarVersion,
  signal?: AbortSignal,
): Promise<ClassificationSet> {
  const own = files[split]!
  const isBinary = (path: string) => exists(join(path, `${own[0]}.bin`))
  const isThere = async (path: string) => (await isBinary(path)) || exists(join(path, own[0]!))
  const needs = `${binaryFolder} with ${own[0]}.bin, or ${pythonFolder} with ${own[0]}`
  const root = await firstThere(folder, ['', binaryFolder, pythonFolder], isThere, needs)
  const binary = await isBinary(root)
  const parts = []
  for (const file of own.map((stem) => (binary ? `${stem}.bin` : stem))) {
    signal?.throwIfAborted()
    const path = join(root, file)
    const bytes = await readFileBytes(path, largestFile)
    parts.push({ file, images: binary ? readCifar(path, bytes, labels) : readCifarPickle(path, bytes) })
  }
  return toSet({ name, split, files: parts, list, firstLabel: 0, expected: split === 'test' ? 10_000 : 50_000 })
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
