/** Retrieval: how often the right text is found for an image, and the right image for a text. */
import type { DreamLIP } from '../dreamlip'
import { checkObject, checkStrings, wrongArgument } from '../check-arguments'
import type { ImageInput } from '../images/raw-image'
import { cosineSimilarity, type EmbeddingsLike } from '../inference/embeddings/embeddings'
import { batchOptions, type EncodeOptions } from '../inference/options'
import { checkSamples } from './check-samples'
import { checkCutoffs, rankOf, recallAt, type Recall } from './recall'

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

export interface RetrievalOptions extends Omit<EncodeOptions, 'normalize'> {
  /** The K of recall@K; default 1, 5 and 10. */
  readonly at?: readonly number[]
}

/** The K of recall@K. */
const defaultCutoffs: readonly number[] = [1, 5, 10]

/**
 * Measures Recall@K in both directions, as papers on CLIP report it for COCO and Flickr30k. An image may have several texts.
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no sample, or a sample has no text
 */
export async function evaluateRetrieval(
  model: DreamLIP,
  samples: readonly RetrievalSample[],
  options: RetrievalOptions = {},
): Promise<RetrievalResult> {
  const { at = defaultCutoffs, ...batches } = checkObject('options', options)
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
    batches,
  )
  const imageOfText = samples.flatMap(({ captions }, image) => captions.map(() => image))
  return retrievalOf(cosineSimilarity(images, texts), imageOfText, at)
}

/**
 * Computes Recall@K from similarities.
 * @param similarity `[images, texts]`
 * @param imageOfText the image that each text describes
 */
export function retrievalOf(
  { data, shape: [images, texts] }: EmbeddingsLike,
  imageOfText: readonly number[],
  at: readonly number[] = defaultCutoffs,
): RetrievalResult {
  const ofImages = Array.from({ length: images }, (_, image) =>
    rankOf(
      texts,
      (text) => data[image * texts + text]!,
      (text) => imageOfText[text] === image,
    ),
  )
  const ofTexts = imageOfText.map((right, text) =>
    rankOf(
      images,
      (image) => data[image * texts + text]!,
      (image) => image === right,
    ),
  )
  return { imageToText: recallAt(ofImages, at), textToImage: recallAt(ofTexts, at) }
}
