/** Embeds images batch by batch. */
import { checkChoice, checkFlag, checkObject } from '../../check-arguments'
import type { PreprocessedImageLike } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import { patchGrid } from '../../models/layers/patch-grid'
import { denseAttentions } from '../../models/layers/dense-attention'
import type { Program, Runtime } from '../../runtime/runtime'
import type { ShapedArray } from '../../shaped-array'
import { embeddingsOf, type Embeddings } from '../embeddings/embeddings'
import type { Encoder } from '../encoder'
import { checkResults } from '../embeddings/finite'
import { checkTower } from '../missing-tower'
import { batchOptions, type BatchOptions, type ImageOptions, type PatchOptions } from '../options'
import { paddedSize, type FloatsOf } from '../programs/padded-batch'
import type { PatchProgramOptions, Pixels } from '../programs/programs'
import { imageBatches } from './image-batches'
import type { ImageError } from './image-errors'
import { listImages, type ImageBatchInput } from './image-list'
import { imageWork } from './image-work'
import { completePreprocessing } from './preprocessing'

/** Images that go through the model at once by default. */
export const imageBatchSize = 8

/** Patch tokens of images: `[images, patches, width]`. */
export type PatchTokens = ShapedArray<Float32Array, [number, number, number]>

/** Embeddings of images, one row per image. */
export interface ImageEmbeddings extends Embeddings {
  /** With `onError: 'skip'`: the images that could not be read. Their rows are NaN. */
  readonly errors?: readonly ImageError[]
}

/** Image embeddings with their patch tokens. */
export interface PatchEmbeddings {
  /** `[images, embedDim]` */
  readonly image: Embeddings
  readonly patches: PatchTokens
  /** With `onError: 'skip'`: the images that could not be read. Their values are NaN in `image` and in `patches`. */
  readonly errors?: readonly ImageError[]
}

/** Patch tokens inside the image tower. */
export interface HiddenPatches {
  readonly patches: PatchTokens
  /** With `onError: 'skip'`: the images that could not be read. Their values are NaN. */
  readonly errors?: readonly ImageError[]
}

/** `DreamLIP.encodeImage`. */
export async function encodeImages(
  encoder: Encoder,
  images: ImageBatchInput,
  options: ImageOptions,
): Promise<ImageEmbeddings> {
  const { normalize = true, ...rest } = checkObject('options', options)
  checkFlag('normalize', normalize)
  return embedImages(encoder, images, normalize, batchOptions(rest, imageBatchSize))
}

/** `DreamLIP.encodePatches`. */
export async function encodePatches(
  encoder: Encoder,
  images: ImageBatchInput,
  options: PatchOptions,
): Promise<PatchEmbeddings> {
  const { project = false, normalize = true, attention = 'standard', ...rest } = checkObject('options', options)
  checkFlag('project', project)
  checkFlag('normalize', normalize)
  checkChoice('attention', attention, denseAttentions)
  const form = !project ? 'raw' : normalize ? 'unit' : 'projected'
  return embedPatches(encoder, images, { form, attention }, batchOptions(rest, imageBatchSize))
}

/** `[images, embedDim]`, with unit length if `normalize` is set. */
export async function embedImages(
  encoder: Encoder,
  images: ImageBatchInput,
  normalize: boolean,
  options: BatchOptions,
): Promise<ImageEmbeddings> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const list = listImages(images, config.vision.imageSize)
  const data = new Float32Array(list.length * config.embedDim) // [images, embedDim]
  const errors = await eachBatch(encoder, programs.image, images, list, options, ({ embeddings }, indices) => {
    putRows(embeddings, indices, data, config.embedDim)
  })
  leaveOut(errors, data, config.embedDim)
  return { ...embeddingsOf(data, config.embedDim, normalize), ...(options.onError === 'skip' && { errors }) }
}

/** Image embeddings and patch tokens. */
export async function embedPatches(
  encoder: Encoder,
  images: ImageBatchInput,
  patchOptions: PatchProgramOptions,
  options: BatchOptions,
): Promise<PatchEmbeddings> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const { embedDim } = config
  const list = listImages(images, config.vision.imageSize)
  const width = patchOptions.form === 'raw' ? config.vision.width : embedDim
  const [rows, columns] = patchGrid(config.vision)
  const perImage = rows * columns * width
  const image = new Float32Array(list.length * embedDim) // [images, embedDim]
  const patches = new Float32Array(list.length * perImage) // [images, patches, width]
  const program = programs.patches(patchOptions)
  const errors = await eachBatch(encoder, program, images, list, options, (outputs, indices) => {
    putRows(outputs.image, indices, image, embedDim)
    putRows(outputs.patches, indices, patches, perImage)
  })
  leaveOut(errors, image, embedDim)
  leaveOut(errors, patches, perImage)
  return {
    image: { data: image, shape: [list.length, embedDim] },
    patches: { data: patches, shape: [list.length, rows * columns, width] },
    ...(options.onError === 'skip' && { errors }),
  }
}

/**
 * Embeds all images, together with those of other calls.
 * @param work called for each batch with the images' indices; it must not keep the outputs after it ends
 * @returns the images that could not be read
 */
export async function eachBatch<Output>(
  { config, preprocessing: own, queues, runtime, weights }: Encoder,
  program: Program<Pixels, Output>,
  given: ImageBatchInput,
  images: readonly (ImageInput | PreprocessedImageLike)[],
  {
    batchSize,
    headers,
    preprocessing: ofCall,
    signal,
    onProgress,
    onError,
    decode,
    nameOf = (index) => `images[${index}]`,
  }: BatchOptions,
  work: (outputs: FloatsOf<Output>, indices: readonly number[]) => void | Promise<void>,
): Promise<readonly ImageError[]> {
  const isList = Array.isArray(given)
  const size = config.vision.imageSize
  const preprocessing = ofCall === undefined ? own : completePreprocessing(ofCall, own)
  const options = { size, batchSize, headers, signal, preprocessing, onError, decode, isList, room: queues.room }
  const queue = queues.of(program, () => imageWork(runtime, program))
  const errors: ImageError[] = []
  let done = 0
  await queue.admit(Math.min(images.length, batchSize), async () => {
    // The weights are read while the first images are decoded.
    const ready = images.length === 0 ? undefined : weights.need(['image'], { signal, onProgress })
    ready?.catch(() => undefined)
    if (ready && !weights.has('image')) void prepareFor(Math.min(images.length, batchSize), size, runtime, program)
    for await (const batch of imageBatches(images, options)) {
      const { indices } = batch
      if (indices.length > 0) {
        await ready
        const outputs = await queue.add(batch, { size: indices.length, most: batchSize, signal })
        for (const values of nameOf ? Object.values<Float32Array>(outputs) : []) {
          const indexOf = (row: number) => indices[row]!
          checkResults(values, indices.length, (row) => nameOf!(indexOf(row)), isList ? indexOf : undefined)
        }
        await work(outputs, indices)
      }
      errors.push(...batch.errors)
      done += indices.length + batch.errors.length
      onProgress?.({ stage: 'images', done, total: images.length })
    }
  })
  return errors
}

/** Prepares a program for batches of this size. Errors are ignored, because running the program reports them. */
async function prepareFor<Output>(
  count: number,
  size: number,
  { prefersFewShapes }: Runtime,
  program: Program<Pixels, Output>,
): Promise<void> {
  const shape = [prefersFewShapes ? paddedSize(count) : count, 3, size, size]
  await program.prepare({ pixels: { data: new Float32Array(), shape } }).catch(() => undefined)
}

/** Copies the rows of a batch to the places of their images. */
export function putRows(rows: Float32Array, indices: readonly number[], into: Float32Array, width: number): void {
  indices.forEach((index, i) => into.set(rows.subarray(i * width, (i + 1) * width), index * width))
}

/** Images without a result get NaN, which cannot be mistaken for an embedding. */
export function leaveOut(errors: readonly ImageError[], values: Float32Array, width: number): void {
  for (const { index } of errors) values.fill(NaN, index * width, (index + 1) * width)
}
