/** Chooses among labels for images, without training on them. */
import { checkObject, checkWhole } from '../../check-arguments'
import { row } from '../embeddings/embeddings'
import { logitScaleOf, sigmoidBiasOf } from '../device-tensor'
import { imageBatchSize } from '../images/embed-images'
import type { ImageBatchInput } from '../images/image-list'
import type { ModelState } from '../model-state'
import { batchOptions, checkLong, type ClassifyOptions } from '../options'
import { similarityOf } from '../similarity'
import { encodeTexts } from '../texts/embed-texts'
import { warnOfCutTexts } from '../texts/cut-texts'
import {
  rankLabels,
  toClassifier,
  type Classification,
  type ClassifierOptions,
  type TextEmbedder,
  type ZeroShotClassifierLike,
} from './zero-shot'

/** `DreamLIP.classify`. */
export async function classifyImages(
  state: ModelState,
  images: ImageBatchInput,
  labels: readonly string[] | ZeroShotClassifierLike,
  options: ClassifyOptions,
): Promise<Classification[][]> {
  const { templates, topK, long, ...rest } = checkObject('options', options)
  const { signal } = batchOptions(rest, imageBatchSize)
  if (topK !== undefined) checkWhole('topK', topK, 1)
  const classifier = await classifierFor(state, labels, { templates, long, signal })
  const cosines = await similarityOf(state, images, classifier.embeddings, rest)
  const logitScale = logitScaleOf(state.encoder)
  const logitBias = sigmoidBiasOf(state.encoder)
  const unread = new Set(cosines.errors?.map(({ index }) => index))
  return Array.from({ length: cosines.shape[0] }, (_, i) =>
    unread.has(i) ? [] : rankLabels(row(cosines, i), classifier.labels, logitScale, topK, logitBias),
  )
}

/** The classifier that was passed, or one for the labels that were passed. @throws DreamLIPError as `buildZeroShotClassifier` */
export async function classifierFor(
  state: ModelState,
  labels: readonly string[] | ZeroShotClassifierLike,
  options: ClassifierOptions,
): Promise<ZeroShotClassifierLike> {
  checkLong(options.long)
  const embedder: TextEmbedder = {
    async encodeText(texts, batches = {}) {
      const embeddings = await encodeTexts(state, texts, batches)
      warnOfCutTexts(state, embeddings, batches)
      return embeddings
    },
  }
  return toClassifier(embedder, labels, options)
}
