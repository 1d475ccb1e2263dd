/** Retrieval: how often the right text is found for an image, and the right image for a text. */
import type { DreamLIP } from '../../dreamlip'
import { checkObject, checkStrings, wrongArgument } from '../../check-arguments'
import type { ImageInput } from '../../images/raw-image'
import type { EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { batchOptions, type TextOptions } from '../../inference/options'
import type { TruncatedText } from '../../inference/texts/sequences'
import { checkSamples } from '../check-samples'
import { rankByCosine } from './rank-by-cosine'
import { rankMatrix, type PairRanks } from './ranks'
import { checkCutoffs, recallAt, type Recall } from './recall'

/** An image with the texts that describe it. */
export interface RetrievalSample {
  readonly image: ImageInput
  readonly captions: readonly string[]
}

export interface RetrievalResult {
  /** For each image: is one of its texts among the K most similar of all texts? */
  readonly imageToText: Recall
  /** For each text: is its image among the K most similar of all images? */
  readonly textToImage: Recall
}

export interface RetrievalOptions extends Omit<TextOptions, 'normalize'> {
  /** The K of recall@K; default 1, 5 and 10. */
  readonly at?: readonly number[]
}

/** The result of `evaluateRetrieval`. */
export interface RetrievalEvaluation extends RetrievalResult {
  /**
   * The texts that were cut because they are longer than the model's context, if there are any. `index` counts the captions of all
   * samples in order.
   */
  readonly truncated?: readonly TruncatedText[]
}

/** The K of recall@K. */
const defaultCutoffs: readonly number[] = [1, 5, 10]

/**
 * Measures Recall@K in both directions, as papers on CLIP report it for COCO and Flickr30k. An image may have several texts.
 * @param options `at`, `long` (how long texts are handled; default: they are cut, and `truncated` lists them), `batchSize`,
 *   `signal`, `onProgress`
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no sample, or a sample has no text
 */
export async function evaluateRetrieval(
  model: DreamLIP,
  samples: readonly RetrievalSample[],
  options: RetrievalOptions = {},
): Promise<RetrievalEvaluation> {
  const { at = defaultCutoffs, long, ...batches } = checkObject('options', options)
  checkSamples(model, samples, 'images with at least one text each')
  samples.forEach(({ captions }, i) => {
    checkStrings(`samples[${i}].captions`, captions)
    if (captions.length === 0) throw wrongArgument(`samples[${i}].captions`, 'at least one text', captions)
  })
  checkCutoffs(at)
  batchOptions(batches, 1)
  const images = await model.encodeImage(
    samples.map(({ image }) => image),
    batches,
  )
  const texts = await model.encodeText(
    samples.flatMap(({ captions }) => captions),
    { long, ...batches },
  )
  const imageOfText = Int32Array.from(samples.flatMap(({ captions }, image) => captions.map(() => image)))
  const { name: device, runtime } = model.device
  const ranks = await rankByCosine(images, texts, imageOfText, { device, runtime }, batches.signal)
  return { ...recallsOf(ranks, at), ...(texts.truncated.length > 0 && { truncated: texts.truncated }) }
}

/**
 * Computes Recall@K from similarities.
 * @param similarity `[images, texts]`
 * @param imageOfText the image that each text describes
 */
export function retrievalOf(
  { data, shape: [images] }: EmbeddingsLike,
  imageOfText: readonly number[],
  at: readonly number[] = defaultCutoffs,
): RetrievalResult {
  return recallsOf(rankMatrix(data, images, Int32Array.from(imageOfText)), at)
}

export function recallsOf({ ofImages, ofTexts }: PairRanks, at: readonly number[]): RetrievalResult {
  return { imageToText: recallAt(ofImages, at), textToImage: recallAt(ofTexts, at) }
}
