/** Runs the towers batch by batch: what every public method that embeds something builds on. */
import type { RequestHeaders } from '../bytes/http/headers'
import { DreamLIPError } from '../errors'
import { normalizePixels } from '../images/preprocess/normalize'
import type { PreprocessedImage } from '../images/preprocess/preprocess'
import type { ImageInput, RawImage } from '../images/raw-image'
import type { CLIPConfig } from '../models/config/config'
import type { DenseAttention } from '../models/layers/vision-transformer'
import type { HostArray, Parameters, Program, Runtime } from '../runtime/runtime'
import { cutWindow, type DenseFeatures } from './dense/dense'
import { normalizeRows, type Embeddings } from './embeddings'
import { checkResults } from './finite'
import { imageBatches } from './images/image-batches'
import { listImages, type ImageBatchInput, type PreprocessedBatch } from './images/image-list'
import { patchGrid } from '../models/layers/patch-grid'
import { checkTower, type MissingTower } from './model-files/missing-tower'
import type { Progress } from './progress'
import { padRows, paddedSize } from './pad-batch'
import { createPrograms, type PatchProgramOptions, type Programs } from './programs'
import { clipPreprocessing, type Preprocessing } from './images/preprocessing'
import type { WindowPlan } from './dense/sliding-windows'
import { textBatches } from './texts/text-batches'

/** A model on a device. */
export interface Encoder {
  readonly config: CLIPConfig
  readonly runtime: Runtime
  readonly parameters: Parameters
  readonly programs: Programs
  readonly preprocessing: Preprocessing
  readonly missing?: MissingTower
  /** @throws DreamLIPError `DISPOSED` when it was disposed */
  checkAlive(): void
  /** Frees the weights; calling it twice is harmless. Work that still runs fails with `DISPOSED` at its next batch. */
  dispose(): void
}

export function createEncoder(
  config: CLIPConfig,
  runtime: Runtime,
  parameters: Parameters,
  { preprocessing = clipPreprocessing, missing }: Partial<Pick<Encoder, 'preprocessing' | 'missing'>> = {},
): Encoder {
  const programs = createPrograms(runtime, parameters, config)
  let disposed = false
  return {
    ...{ config, runtime, parameters, programs, preprocessing, missing },
    checkAlive() {
      if (!disposed) return
      throw new DreamLIPError('DISPOSED', 'This model was disposed; its weights are gone. Load it again to use it.')
    },
    dispose() {
      if (disposed) return
      disposed = true
      programs.dispose()
      parameters.dispose()
    },
  }
}

/** How a call that embeds many things runs. */
export interface BatchOptions {
  /** Images or texts that go through the model at once. */
  readonly batchSize: number
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** What a result is called when it is NaN or infinite, by its index; `null` lets such results pass. */
  readonly nameOf?: ((index: number) => string) | null
}

/** Values of a row-major tensor with their shape. */
export interface PatchTokens {
  readonly data: Float32Array
  /** `[images, patches, width]` */
  readonly shape: readonly [number, number, number]
}

/** `[images, embedDim]`, of unit length where `normalize` is set. */
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
  await eachImageBatch(list, encoder, options, async (batch, start) => {
    const { embeddings } = await runBatch(encoder, programs.image, { pixels: batch }, batch.shape[0])
    checkBatch(embeddings, batch.shape[0], start, 'images', options)
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
): Promise<{ image: Embeddings; patches: PatchTokens }> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const list = listImages(images, config.vision.imageSize)
  const width = patchOptions.project ? config.embedDim : config.vision.width
  const [rows, columns] = patchGrid(config.vision)
  const perImage = rows * columns * width
  const image = new Float32Array(list.length * config.embedDim) // [images, embedDim]
  const patches = new Float32Array(list.length * perImage) // [images, patches, width]
  await eachImageBatch(list, encoder, options, async (batch, start) => {
    const program = programs.patches(patchOptions)
    const outputs = await runBatch(encoder, program, { pixels: batch }, batch.shape[0])
    for (const values of [outputs.image, outputs.patches]) checkBatch(values, batch.shape[0], start, 'images', options)
    image.set(outputs.image, start * config.embedDim)
    patches.set(outputs.patches, start * perImage)
  })
  return {
    image: { data: image, shape: [list.length, config.embedDim] },
    patches: { data: patches, shape: [list.length, rows * columns, width] },
  }
}

/** `[texts, embedDim]` in the order of the sequences; beginnings that texts share are computed once a row. */
export async function embedTexts(
  encoder: Encoder,
  sequences: readonly Int32Array[],
  normalize: boolean,
  options: BatchOptions,
): Promise<Embeddings> {
  checkTower(encoder, 'text')
  const { config, programs, runtime } = encoder
  const { batchSize, signal, onProgress } = options
  const { embedDim } = config
  const data = new Float32Array(sequences.length * embedDim) // [texts, embedDim]
  let done = 0
  for (const batch of textBatches(sequences, { batchSize, fewShapes: runtime.prefersFewShapes })) {
    signal?.throwIfAborted()
    encoder.checkAlive()
    const { ids, positions, reaches, shape, ends, endsShape, texts } = batch
    const { embeddings } = await programs.text.run({
      ids: { data: ids, shape },
      positions: { data: positions, shape },
      reaches: { data: reaches, shape },
      ends: { data: ends, shape: endsShape },
    })
    encoder.checkAlive()
    texts.forEach((equal, i) => {
      const embedding = (embeddings.data as Float32Array).subarray(i * embedDim, (i + 1) * embedDim)
      if (equal.length > 0) checkBatch(embedding, 1, equal[0]!, 'texts', options)
      equal.forEach((index) => data.set(embedding, index * embedDim))
      done += equal.length
    })
    onProgress?.({ stage: 'texts', done, total: sequences.length })
  }
  return embeddingsOf(data, embedDim, normalize)
}

/** Runs a program on a batch, filled up where the device prefers few sizes; the values of the batch's own rows come back. */
async function runBatch<Output extends string>(
  encoder: Encoder,
  program: Program<Output>,
  inputs: Readonly<Record<string, HostArray>>,
  count: number,
): Promise<Record<Output, Float32Array>> {
  encoder.checkAlive()
  const size = encoder.runtime.prefersFewShapes ? paddedSize(count) : count
  const padded = Object.entries(inputs).map(([name, input]) => [name, padRows(input, size)])
  const outputs = await program.run(Object.fromEntries(padded) as Readonly<Record<string, HostArray>>)
  encoder.checkAlive()
  const own = Object.entries<HostArray>(outputs).map(([name, { data }]) => [
    name,
    data.subarray(0, (data.length / size) * count),
  ])
  return Object.fromEntries(own) as Record<Output, Float32Array>
}

function embeddingsOf(data: Float32Array, dimensions: number, normalize: boolean): Embeddings {
  const embeddings: Embeddings = { data, shape: [data.length / dimensions, dimensions] }
  return normalize ? normalizeRows(embeddings) : embeddings
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
  const { mean, std } = encoder.preprocessing
  const windows = corners.map((corner): PreprocessedImage => ({
    data: normalizePixels(cutWindow(scaled, corner, size), mean, std),
    shape: [3, size, size],
  }))
  const nameOf = (window: number) => `image, window ${window + 1} of ${corners.length}`
  const { patches } = await embedPatches(encoder, windows, { project: true, attention }, { ...options, nameOf })
  return { plan, grid: patchGrid(encoder.config.vision), patches: patches.data }
}

async function eachImageBatch(
  images: readonly (ImageInput | PreprocessedImage)[],
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

/** Checks results of a batch that begins with the item `start`. */
function checkBatch(
  values: Float32Array,
  count: number,
  start: number,
  kind: 'images' | 'texts',
  { nameOf = (index) => `${kind}[${index}]` }: BatchOptions,
): void {
  if (nameOf) checkResults(values, count, (row) => nameOf(start + row))
}
