/** The second stage of a search, for models in which a text attends to image patches (FLAIR): ranks the shortlist again. */
import type { DreamLIP } from '../../../dreamlip'
import type { LongTexts } from '../../../inference/options'
import { familyModel } from '../../../models/families'
import type { ImageCollection } from '../image-collection'
import type { RankedImage } from './rank-exactly'

/** Whether the model scores a picture and a text jointly, which is better than by their embeddings. */
export async function canLookAgain({ config }: DreamLIP): Promise<boolean> {
  return (await familyModel(config)?.pairs?.()) !== undefined
}

/**
 * Ranks pictures by the mean log probability that `match` returns for their sentences: a picture with only likely sentences comes
 * before one with some certain and some unlikely sentences.
 * @returns the pictures with a `match` for each sentence; unreadable ones come last, in their original order
 */
export async function lookAgain(
  { model, readImage = (id) => id }: ImageCollection,
  images: readonly RankedImage[],
  options: { readonly long: LongTexts; readonly signal?: AbortSignal },
): Promise<RankedImage[]> {
  const texts = images[0]!.sentences.map(({ text }) => text)
  const pictures = await Promise.all(images.map(async ({ id }) => readImage(id)))
  const { data } = await model.match(pictures, texts, { ...options, onError: 'skip' }) // [images, sentences]
  const scored = images.map((image, i) => {
    const logits = data.subarray(i * texts.length, (i + 1) * texts.length)
    if (logits.some(Number.isNaN)) return { image, likelihood: -Infinity }
    const sentences = image.sentences.map((sentence, s) => ({ ...sentence, match: logits[s]! }))
    return { image: { ...image, sentences }, likelihood: logits.reduce((sum, logit) => sum + logSigmoid(logit), 0) }
  })
  return scored
    .sort((a, b) => (a.likelihood === b.likelihood ? 0 : b.likelihood - a.likelihood))
    .map(({ image }) => image)
}

function logSigmoid(logit: number): number {
  return logit > 0 ? -Math.log1p(Math.exp(-logit)) : logit - Math.log1p(Math.exp(logit))
}
