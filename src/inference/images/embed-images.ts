/** Embeds images batch by batch. */
import { checkChoice, checkFlag, checkObject } from '../../check-arguments'
import type { PreprocessedImageLike } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import { patchGrid } from '../../models/layers/patch-grid'
import { denseAttentions } from '../../models/layers/dense-attention'
import type { ShapedArray } from '../../shaped-array'
import { embeddingsOf, type Embeddings } from '../embeddings'
import type { Encoder } from '../encoder'
import { checkResults } from '../finite'
import { checkTower } from '../missing-tower'
import { batchOptions, type BatchOptions, type EncodeOptions, type PatchOptions } from '../options'
import { runPadded } from '../padded-batch'
import type { PatchProgramOptions } from '../programs'
import { imageBatches } from './image-batches'
import { listImages, type ImageBatchInput, type PreprocessedBatch } from './image-list'

/** Images that go through the model at once by default. */
export const imageBatchSize = 8

/** Patch tokens of images: `[images, patches, width]`. */
export type PatchTokens = ShapedArray<Float32Array, [number, number, number]>

/** Image embeddings with their patch tokens. */
export interface PatchEmbeddings {
  /** `[images, embedDim]` */
  readonly image: Embeddings
  readonly patches: PatchTokens
}

/** `DreamLIP.encodeImage`. */
export async function encodeImages(
  encoder: Encoder,
  images: ImageBatchInput,
  options: EncodeOptions,
): Promise<Embeddings> {
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
  const { project = false, attention = 'standard', ...rest } = checkObject('options', options)
  checkFlag('project', project)
  checkChoice('attention', attention, denseAttentions)
  return embedPatches(encoder, images, { project, attention }, batchOptions(rest, imageBatchSize))
}

/** `[images, embedDim]`, with unit length if `normalize` is set. */
export async function embedImages(
  encoder: Encoder,
  images: ImageBatchInput,
  normalize: boolean,
  options: BatchOptions,
): Promise<Embeddings> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const list = listImages(images, config.vision.imageSize)
  const data = new Float32Array(list.length * config.embedDim) // [images, embedDim]
  await eachBatch(list, encoder, options, async (batch, start) => {
    const { embeddings } = await runPadded(encoder, programs.image, { pixels: batch }, batch.shape[0])
    checkImageResults(embeddings, batch.shape[0], start, options)
    data.set(embeddings, start * config.embedDim)
  })
  return embeddingsOf(data, config.embedDim, normalize)
}

/** Image embeddings and patch tokens: raw and unprojected, or projected into the embedding space with unit length. */
export async function embedPatches(
  encoder: Encoder,
  images: ImageBatchInput,
  patchOptions: PatchProgramOptions,
  options: BatchOptions,
): Promise<PatchEmbeddings> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const list = listImages(images, config.vision.imageSize)
  const width = patchOptions.project ? config.embedDim : config.vision.width
  const [rows, columns] = patchGrid(config.vision)
  const perImage = rows * columns * width
  const image = new Float32Array(list.length * config.embedDim) // [images, embedDim]
  const patches = new Float32Array(list.length * perImage) // [images, patches, width]
  await eachBatch(list, encoder, options, async (batch, start) => {
    const program = programs.patches(patchOptions)
    const outputs = await runPadded(encoder, program, { pixels: batch }, batch.shape[0])
    for (const values of [outputs.image, outputs.patches]) checkImageResults(values, batch.shape[0], start, options)
    image.set(outputs.image, start * config.embedDim)
    patches.set(outputs.patches, start * perImage)
  })
  return {
    image: { data: image, shape: [list.length, config.embedDim] },
    patches: { data: patches, shape: [list.length, rows * columns, width] },
  }
}

async function eachBatch(
  images: readonly (ImageInput | PreprocessedImageLike)[],
  { config, preprocessing }: Encoder,
  { batchSize, headers, signal, onProgress }: BatchOptions,
  work: (batch: PreprocessedBatch, start: number) => Promise<void>,
): Promise<void> {
  let done = 0
  const options = { size: config.vision.imageSize, batchSize, headers, signal, preprocessing }
  for await (const batch of imageBatches(images, options)) {
    signal?.throwIfAborted()
    await work(batch, done)
    done += batch.shape[0]
    onProgress?.({ stage: 'images', done, total: images.length })
  }
}

/** Checks the results of a batch whose first image has the index `start`. */
function checkImageResults(
  values: Float32Array,
  count: number,
  start: number,
  { nameOf = (index) => `images[${index}]` }: BatchOptions,
): void {
  if (nameOf) checkResults(values, count, (row) => nameOf(start + row))
}
