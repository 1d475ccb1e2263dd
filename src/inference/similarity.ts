/** Cosines between images and texts. Either may already be embedded. */
import { checkEmbeddings, cosineSimilarity, isEmbeddings, type EmbeddingsLike } from './embeddings/embeddings'
import { encodeImages, imageBatchSize, type ImageEmbeddings } from './images/embed-images'
import type { ImageError } from './images/image-errors'
import type { ImageBatchInput } from './images/image-list'
import type { ModelState } from './model-state'
import { batchOptions, checkLong, type SimilarityOptions, type TextOptions } from './options'
import { warnOfCutTexts } from './texts/cut-texts'
import { encodeTexts } from './texts/embed-texts'
import { checkTexts, type TextBatchInput } from './texts/sequences'

/** `DreamLIP.similarity`. */
export async function similarityOf(
  state: ModelState,
  images: ImageBatchInput | EmbeddingsLike,
  texts: TextBatchInput | EmbeddingsLike,
  options: SimilarityOptions,
): Promise<ImageEmbeddings> {
  batchOptions(options, imageBatchSize)
  checkLong(options.long)
  if (isEmbeddings(images)) checkEmbeddings('images', withoutUnread(images))
  if (isEmbeddings(texts)) checkEmbeddings('texts', texts)
  else checkTexts(texts)
  const { onError, long, ...rest } = options
  const ofImages: UnreadEmbeddings = isEmbeddings(images)
    ? images
    : await encodeImages(state.encoder, images, { onError, ...rest })
  const ofTexts = isEmbeddings(texts) ? texts : await embedTexts(state, texts, { long, ...rest })
  const { data, shape } = cosineSimilarity(withoutUnread(ofImages), ofTexts)
  for (const index of unreadOf(ofImages)) data.fill(NaN, index * shape[1], (index + 1) * shape[1])
  return { data, shape, ...(ofImages.errors && { errors: ofImages.errors }) }
}

async function embedTexts(state: ModelState, texts: TextBatchInput, options: TextOptions) {
  const embeddings = await encodeTexts(state, texts, options)
  warnOfCutTexts(state, embeddings, options)
  return embeddings
}

/** Embeddings that may list the images that could not be read. */
type UnreadEmbeddings = EmbeddingsLike & Pick<ImageEmbeddings, 'errors'>

/** The images that could not be read, from a result of `encodeImage`. */
function unreadOf({ errors }: UnreadEmbeddings): readonly number[] {
  const given: readonly (ImageError | null | undefined)[] = Array.isArray(errors) ? errors : []
  return given.flatMap((error) => (Number.isInteger(error?.index) ? [error!.index] : []))
}

/** Replaces the rows of unreadable images by zeros. All other NaN values are errors. */
function withoutUnread(embeddings: UnreadEmbeddings): EmbeddingsLike {
  const { data, shape } = embeddings
  const unread = unreadOf(embeddings)
  if (unread.length === 0 || !(data instanceof Float32Array) || !Array.isArray(shape)) return embeddings
  const filled = data.slice()
  for (const index of unread) filled.fill(0, index * shape[1], (index + 1) * shape[1])
  return { data: filled, shape }
}
