/** Reads a data set with images and masks in two folders, and reports missing files. */
import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { exists } from '../../../bytes/read/exists.node.ts'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { DreamLIPError } from '../../../errors'
import { plural } from '../../../plural'
import type { DataProblem, SegmentationProtocol, SegmentationSet, SegmentedImage } from '../data-set'
import { ignored, readMask } from './mask-file.node.ts'

/** The layout of a data set on the disk. */
export interface MaskLayout {
  /** Possible folders of the data set below the user's folder, such as `VOC2012`. */
  readonly within: readonly string[]
  /** A file with a name on each line. Default: all images of their folder. */
  readonly list?: string
  readonly images: { readonly folder: string; readonly ending: string }
  readonly masks: { readonly folder: string; readonly ending: string }
  /** Whether 0 means that a pixel does not count, and classes start at 1. */
  readonly zeroIgnored?: boolean
}

/** A data set, as the papers describe it. */
export interface MaskedSet {
  readonly name: string
  readonly split: string
  readonly classes: readonly (readonly string[])[]
  readonly background?: number
  readonly protocol: SegmentationProtocol
  /** The number of published images. */
  readonly published: number
  readonly layout: MaskLayout
}

/** @throws DreamLIPError `DATA_INVALID` if the folder does not have the layout; the signal's reason when aborted */
export async function openMaskedImages(folder: string, set: MaskedSet, signal?: AbortSignal): Promise<SegmentationSet> {
  const { layout, name, split, classes, background, protocol } = set
  const root = await findRoot(folder, set)
  const ids = await listIds(root, layout, signal)
  const [imagesFolder, masksFolder] = [join(root, layout.images.folder), join(root, layout.masks.folder)]
  const [images, masks] = [await filesIn(imagesFolder), await filesIn(masksFolder)]
  const problems: DataProblem[] = []
  const samples = ids.map((id): SegmentedImage => {
    const [image, mask] = [`${id}${layout.images.ending}`, `${id}${layout.masks.ending}`]
    if (!images.has(image)) problems.push(missing(id, 'image-missing', join(imagesFolder, image)))
    if (!masks.has(mask)) problems.push(missing(id, 'mask-missing', join(masksFolder, mask)))
    const maskFile = join(masksFolder, mask)
    return {
      id,
      image: join(imagesFolder, image),
      maskFile,
      mask: () => readMask(maskFile, layout.zeroIgnored === true),
    }
  })
  if (ids.length !== set.published) problems.push(incomplete(root, set, ids.length))
  return {
    ...{ task: 'segmentation', name, split, samples, problems, classes, ignored, protocol },
    ...(background !== undefined && { background }),
  }
}

/** The first folder that has the images. */
async function findRoot(folder: string, { name, layout }: MaskedSet): Promise<string> {
  for (const within of ['', ...layout.within]) {
    const root = join(folder, within)
    const found = await Promise.all(
      [layout.list, layout.list === undefined ? layout.images.folder : undefined].map(
        async (part) => part === undefined || (await exists(join(root, part))),
      ),
    )
    if (found.every(Boolean)) return root
  }
  const needed = [layout.list, layout.images.folder, layout.masks.folder].filter((part) => part !== undefined)
  throw new DreamLIPError(
    'DATA_INVALID',
    `${folder}: expected the folder of ${name}, with ${needed.join(', ')}; it is not there. Check the path, and that the download is unpacked.`,
  )
}

/** Names without endings, which may contain slashes. */
async function listIds(root: string, { list, images }: MaskLayout, signal?: AbortSignal): Promise<string[]> {
  signal?.throwIfAborted()
  if (list === undefined) {
    const files = [...(await filesIn(join(root, images.folder)))].filter((file) => file.endsWith(images.ending))
    return files.map((file) => file.slice(0, -images.ending.length)).sort()
  }
  const lines = (await readTextFile(join(root, list))).split(/\r?\n/).map((line) => line.trim())
  const ids = [...new Set(lines.filter((line) => line !== ''))]
  const outside = ids.find((id) => id.split(/[/\\]/).includes('..') || id.includes('\0') || /^([/\\]|\w:)/.test(id))
  if (outside === undefined) return ids
  throw new DreamLIPError(
    'DATA_INVALID',
    `${join(root, list)}: expected a name on each line; got ${JSON.stringify(outside.slice(0, 80))}, which leads out of the folder.`,
  )
}

/** The paths of everything below a folder, with slashes, without hidden files; none if there is no such folder. */
async function filesIn(folder: string): Promise<ReadonlySet<string>> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [])
  return new Set(paths.map((path) => path.split(sep).join('/')).filter((path) => !/(^|\/)\./.test(path)))
}

function missing(item: string, reason: string, path: string): DataProblem {
  return { item, reason, message: `${path} does not exist.` }
}

function incomplete(item: string, { published, split }: MaskedSet, found: number): DataProblem {
  const message = `${split}: expected ${plural(published, 'image')}, as published; found ${found.toLocaleString('en')}.`
  return { item, reason: 'count', message }
}
