/** Runs the towers batch by batch: what every public method that embeds something builds on. */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { RawImage } from '../images/raw-image'
import { normalizePixels } from '../images/normalize'
import { encodeImage, encodePatches, encodeText, projectPatches } from '../models/clip'
import type { CLIPConfig } from '../models/config'
import type { DenseAttention } from '../models/vision-transformer'
import { l2Normalize } from '../ops/l2-normalize'
import type { Runtime } from '../runtime/eager'
import { cutWindow, type DenseFeatures } from './dense'
import type { Embeddings } from './embeddings'
import { countImages, imageBatches, type ImageBatchInput, type PixelBatch } from './image-batches'
import type { Progress } from './load-model'
import { patchGrid } from './load-model'
import type { WindowPlan } from './sliding-windows'
import { textBatches } from './text-batches'

/** A model on a device. */
export interface Encoder {
  readonly config: CLIPConfig
  readonly runtime: Runtime
  readonly parameters: ReadonlyMap<string, Tensor>
}

/** How a call that embeds many things runs. */
export interface BatchOptions {
  /** Images or texts that go through the model at once. */
  readonly batchSize: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** Values of a row-major tensor with their shape. */
export interface PatchTokens {
  readonly data: Float32Array
  /** `[images, patches, width]` */
  readonly shape: readonly [number, number, number]
}

/** `[images, embedDim]`, of unit length where `normalize` is set. */
export async function embedImages(
  { config, runtime, parameters }: Encoder,
  images: ImageBatchInput,
  normalize: boolean,
  options: BatchOptions,
): Promise<Embeddings> {
  const total = countImages(images)
  const data = new Float32Array(total * config.embedDim) // [images, embedDim]
  await eachImageBatch(images, config, options, async (batch, start) => {
    const { embeddings } = await runtime.run({ pixels: pixelsOf(batch) }, ({ pixels }) => {
      const raw = encodeImage(parameters, pixels as Tensor4D, config)
      return { embeddings: normalize ? l2Normalize(raw) : raw }
    })
    data.set(embeddings, start * config.embedDim)
  })
  return { data, shape: [total, config.embedDim] }
}

/** Image embeddings and patch tokens: raw and unprojected, or projected into the embedding space with unit length. */
export async function embedPatches(
  { config, runtime, parameters }: Encoder,
  images: ImageBatchInput,
  { project, attention }: { project: boolean; attention: DenseAttention },
  options: BatchOptions,
): Promise<{ image: Embeddings; patches: PatchTokens }> {
  const total = countImages(images)
  const width = project ? config.embedDim : config.vision.width
  const [rows, columns] = patchGrid(config.vision)
  const perImage = rows * columns * width
  const image = new Float32Array(total * config.embedDim) // [images, embedDim]
  const patches = new Float32Array(total * perImage) // [images, patches, width]
  await eachImageBatch(images, config, options, async (batch, start) => {
    const outputs = await runtime.run({ pixels: pixelsOf(batch) }, ({ pixels }) => {
      const encoded = encodePatches(parameters, pixels as Tensor4D, config, attention)
      return project
        ? { image: l2Normalize(encoded.image), patches: projectPatches(parameters, encoded.patches, config) }
        : encoded
    })
    image.set(outputs.image, start * config.embedDim)
    patches.set(outputs.patches, start * perImage)
  })
  return {
    image: { data: image, shape: [total, config.embedDim] },
    patches: { data: patches, shape: [total, rows * columns, width] },
  }
}

/** `[texts, embedDim]` in the order of the sequences, each batch run at its own longest length. */
export async function embedTexts(
  { config, runtime, parameters }: Encoder,
  sequences: readonly Int32Array[],
  normalize: boolean,
  { batchSize, signal, onProgress }: BatchOptions,
): Promise<Embeddings> {
  const data = new Float32Array(sequences.length * config.embedDim) // [texts, embedDim]
  let done = 0
  for (const { ids, shape, endPositions, indices } of textBatches(sequences, batchSize)) {
    signal?.throwIfAborted()
    const inputs = { ids: { data: ids, shape }, ends: { data: endPositions, shape: [indices.length] } }
    const { embeddings } = await runtime.run(inputs, ({ ids, ends }) => {
      const raw = encodeText(parameters, ids as Tensor2D, ends as Tensor1D, config)
      return { embeddings: normalize ? l2Normalize(raw) : raw }
    })
    indices.forEach((index, i) => {
      data.set(embeddings.subarray(i * config.embedDim, (i + 1) * config.embedDim), index * config.embedDim)
    })
    done += indices.length
    onProgress?.({ stage: 'texts', done, total: sequences.length })
  }
  return { data, shape: [sequences.length, config.embedDim] }
}

/** Patch features of every window of an RGB image that has been scaled as the plan says. */
export async function embedWindows(
  encoder: Encoder,
  scaled: RawImage,
  plan: WindowPlan,
  attention: DenseAttention,
  options: BatchOptions,
): Promise<DenseFeatures> {
  const { size, corners } = plan
  const values = 3 * size * size
  const pixels = new Float32Array(corners.length * values) // [windows, 3, size, size]
  corners.forEach((corner, i) => pixels.set(normalizePixels(cutWindow(scaled, corner, size)), i * values))
  const batch: PixelBatch = { pixels, shape: [corners.length, 3, size, size] }
  const { patches } = await embedPatches(encoder, batch, { project: true, attention }, options)
  return { plan, grid: patchGrid(encoder.config.vision), patches: patches.data }
}

async function eachImageBatch(
  images: ImageBatchInput,
  config: CLIPConfig,
  { batchSize, signal, onProgress }: BatchOptions,
  work: (batch: PixelBatch, start: number) => Promise<void>,
): Promise<void> {
  const total = countImages(images)
  let done = 0
  for await (const batch of imageBatches(images, { size: config.vision.imageSize, batchSize, signal })) {
    signal?.throwIfAborted()
    await work(batch, done)
    done += batch.shape[0]
    onProgress?.({ stage: 'images', done, total })
  }
}

function pixelsOf({ pixels, shape }: PixelBatch) {
  return { data: pixels, shape }
}
