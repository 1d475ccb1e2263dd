/** Scores all pairs of images and texts: text-conditioned if the model's family supports it, otherwise scaled cosines. */
import { checkObject } from '../../check-arguments'
import { patchGrid } from '../../models/layers/patch-grid'
import type { ShapedArray } from '../../shaped-array'
import { logitScaleOf } from '../device-tensor'
import type { EmbeddingsLike } from '../embeddings/embeddings'
import type { Encoder } from '../encoder'
import { eachBatch, imageBatchSize, leaveOut } from '../images/embed-images'
import type { ImageError } from '../images/image-errors'
import { listImages, type ImageBatchInput } from '../images/image-list'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import { batchOptions, type BatchOptions, type MatchOptions } from '../options'
import { similarityOf } from '../similarity'
import { warnOfCutTexts } from '../texts/cut-texts'
import { encodeTexts } from '../texts/embed-texts'
import type { TextBatchInput } from '../texts/sequences'
import { pairPrograms } from './pair-programs'

/** Scores of all pairs: `[images, texts]`. */
export interface MatchScores extends ShapedArray<Float32Array, [number, number]> {
  /** With `onError: 'skip'`: the images that could not be read. Their rows are NaN. */
  readonly errors?: readonly ImageError[]
}

/** `DreamLIP.match`. */
export async function matchImages(
  state: ModelState,
  images: ImageBatchInput,
  texts: TextBatchInput,
  options: MatchOptions,
): Promise<MatchScores> {
  const { encoder } = state
  const { long, ...rest } = checkObject('options', options)
  const batches = batchOptions(rest, imageBatchSize)
  const pairs = await pairPrograms(encoder)
  if (!pairs) return scaled(encoder, await similarityOf(state, images, texts, options))
  checkTower(encoder, 'image')
  const embeddings = await encodeTexts(state, texts, { normalize: false, long, signal: batches.signal })
  warnOfCutTexts(state, embeddings, { long })
  return conditionedScores(encoder, pairs, images, embeddings, batches)
}

/** `scale · cosine`, plus the bias of models that have one. The values are replaced in place. */
export function scaled(encoder: Encoder, cosines: MatchScores): MatchScores {
  const { parameters } = encoder
  const scale = logitScaleOf(encoder)
  const bias = parameters.has('logit_bias') ? parameters.read('logit_bias')[0]! : 0
  cosines.data.forEach((cosine, i) => (cosines.data[i] = scale * cosine + bias))
  return cosines
}

/** Scores a batch of images at a time, so that the patches of only a few batches are in memory. */
async function conditionedScores(
  encoder: Encoder,
  pairs: NonNullable<Awaited<ReturnType<typeof pairPrograms>>>,
  images: ImageBatchInput,
  texts: EmbeddingsLike,
  options: BatchOptions,
): Promise<MatchScores> {
  const { config, programs } = encoder
  const list = listImages(images, config.vision.imageSize)
  const [rows, columns] = patchGrid(config.vision)
  const [count, width] = texts.shape
  const data = new Float32Array(list.length * count) // [images, texts]
  const program = programs.patches({ form: 'projected', attention: 'standard' })
  const errors = await eachBatch(encoder, program, images, list, options, async ({ patches }, indices) => {
    const shape: [number, number, number] = [indices.length, rows * columns, width]
    const scores = await pairs.scores({ data: patches, shape }, texts, options.signal) // [batch, texts]
    indices.forEach((index, i) => data.set(scores.subarray(i * count, (i + 1) * count), index * count))
  })
  leaveOut(errors, data, count)
  return { data, shape: [list.length, count], ...(options.onError === 'skip' && { errors }) }
}
