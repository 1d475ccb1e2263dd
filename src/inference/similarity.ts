/** Cosines between images and texts. Either may already be embedded. */
import { checkEmbeddings, cosineSimilarity, isEmbeddings, type Embeddings, type EmbeddingsLike } from './embeddings'
import { encodeImages, imageBatchSize } from './images/embed-images'
import type { ImageBatchInput } from './images/image-list'
import type { ModelState } from './model-state'
import { batchOptions, type EncodeOptions } from './options'
import { encodeTexts } from './texts/embed-texts'
import { checkTexts, type TextBatchInput } from './texts/sequences'

/** `DreamLIP.similarity`. */
export async function similarityOf(
  state: ModelState,
  images: ImageBatchInput | EmbeddingsLike,
  texts: TextBatchInput | EmbeddingsLike,
  options: Omit<EncodeOptions, 'normalize'>,
): Promise<Embeddings> {
  batchOptions(options, imageBatchSize)
  if (isEmbeddings(images)) checkEmbeddings('images', images)
  if (isEmbeddings(texts)) checkEmbeddings('texts', texts)
  else checkTexts(texts)
  return cosineSimilarity(
    isEmbeddings(images) ? images : await encodeImages(state.encoder, images, options),
    isEmbeddings(texts) ? texts : await encodeTexts(state, texts, options),
  )
}
