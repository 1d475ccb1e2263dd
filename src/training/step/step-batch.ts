/** A batch with tokenized captions, and its layout as the inputs of a step. */
import { DreamLIPError } from '../../errors'
import type { TextBatchInput, TokenizedTexts } from '../../inference/texts/sequences'
import { textBatch } from '../../inference/texts/text-batches'
import { endToken, startToken } from '../../tokenizer/ids'
import type { CLIPConfig } from '../../models/config/config'
import type { ArraysOf, HostArray } from '../../runtime/runtime'
import { drawTexts } from '../../losses/parts/drawn-texts'
import { createRandom } from '../../random'
import type { TrainingBatch } from '../../data/loader/training-batch'
import type { StepInputs } from './features'

/** B images with K captions each. A step may cut it into parts by images. */
export interface StepBatch {
  /** `[B, 3, height, width]` */
  readonly pixels: HostArray
  /** Token ids of the B · K captions with start and end token, ordered by image. */
  readonly captions: readonly Int32Array[]
  /** int32 `[B, kept]`: the tokens that patch dropout keeps */
  readonly kept?: HostArray
  /** int32 `[B, K + B - 1]`: the texts to compare each image with, if the loss draws them. A part of a batch has none. */
  readonly negatives?: HostArray
}

/** @throws DreamLIPError `INVALID_ARGUMENT` if images differ in their number of captions */
export async function tokenizeBatch(
  { images, captions }: TrainingBatch,
  tokenize: (texts: TextBatchInput) => Promise<TokenizedTexts>,
  config: CLIPConfig,
): Promise<StepBatch> {
  const each = captions[0]?.length ?? 0
  if (captions.length !== images.shape[0] || each === 0 || captions.some(({ length }) => length !== each)) {
    const counts = captions.map(({ length }) => length).join(', ')
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `data: expected the same number of captions, at least 1, for each of the batch's ${images.shape[0]} images; got [${counts}].`,
    )
  }
  const flat = captions.flat()
  const texts = flat.filter((caption): caption is string => typeof caption === 'string')
  const tokens = flat.filter((caption): caption is readonly number[] => typeof caption !== 'string')
  checkOwnTokens(tokens, config)
  const { sequences } = await tokenize(texts.length === flat.length ? texts : { tokens })
  return { pixels: { data: images.pixels, shape: images.shape }, captions: sequences }
}

/** The loader of this package tokenizes captions as CLIP does. Another model would train on other words without noticing. */
function checkOwnTokens(tokens: readonly (readonly number[])[], { text }: CLIPConfig): void {
  if (text.cleaning === undefined || !tokens.some((ids) => ids[0] === startToken && ids.at(-1) === endToken)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    "data: its captions have CLIP's token ids, but this model has another tokenizer. Pass batches whose captions are texts, which are " +
      "then tokenized for the model, or token ids of the model's own tokenizer.",
  )
}

/** The texts to compare each image with, for losses that draw them: int32 `[B, K + B - 1]`. The same seed draws the same texts. */
export function drawnTexts({ pixels, captions }: StepBatch, seed: number): HostArray {
  const images = pixels.shape[0]!
  const each = captions.length / images
  return { data: drawTexts(images, each, createRandom(seed)), shape: [images, each + images - 1] }
}

/**
 * Lays captions out in rows. The beginning that captions share is stored once, so that it is computed once.
 * @param fewShapes round sizes up, so that a few graphs serve all batches
 */
export function stepInputs(
  { captions, ...arrays }: StepBatch,
  { text }: CLIPConfig,
  fewShapes: boolean,
): ArraysOf<StepInputs> {
  const batch = textBatch(captions, { width: text.width, fewShapes, tower: text })
  const texts = new Int32Array(captions.length) // [B, K]
  batch.texts.forEach((ending, end) => ending.forEach((caption) => (texts[caption] = end)))
  const images = arrays.pixels.shape[0]!
  const { shape } = batch
  return {
    ...arrays,
    ids: { data: batch.ids, shape },
    positions: { data: batch.positions, shape },
    reaches: { data: batch.reaches, shape },
    ends: { data: batch.ends, shape: batch.endsShape },
    texts: { data: texts, shape: [images, captions.length / images] },
  }
}
