/** A batch as the inputs of a step. */
import { DreamLIPError } from '../../errors'
import { patchGrid } from '../../models/layers/patch-grid'
import type { TextBatchInput, TokenizedTexts } from '../../inference/texts/sequences'
import { textBatch } from '../../inference/texts/text-batches'
import type { CLIPConfig } from '../../models/config/config'
import { createRandom, drawDistinct } from '../../random'
import type { HostArray } from '../../runtime/runtime'
import type { TrainingBatch } from '../data'
import type { BatchTensors } from './features'

/** Images with as many captions each, as a step takes them. */
export interface StepBatch {
  /** `[B, 3, height, width]` */
  readonly pixels: HostArray
  /** Token ids of the B · K captions, those of an image beside each other; start and end token included. */
  readonly captions: readonly Int32Array[]
  /** int32 `[B, kept]`, for patch dropout */
  readonly kept?: HostArray
}

/** `BatchTensors` as arrays. */
export type StepInputs = Record<Exclude<keyof BatchTensors, 'kept'>, HostArray> & Partial<Record<'kept', HostArray>>

/** @throws DreamLIPError `INVALID_ARGUMENT` where images differ in how many captions they have */
export async function stepBatch(
  { images, captions }: TrainingBatch,
  tokenize: (texts: TextBatchInput) => Promise<TokenizedTexts>,
): Promise<StepBatch> {
  const each = captions[0]?.length ?? 0
  if (captions.length !== images.shape[0] || each === 0 || captions.some(({ length }) => length !== each)) {
    const counts = captions.map(({ length }) => length).join(', ')
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `data: expected a batch with equally many captions for each of its ${images.shape[0]} images; got [${counts}].`,
    )
  }
  const flat = captions.flat()
  const texts = flat.filter((caption): caption is string => typeof caption === 'string')
  const tokens = flat.filter((caption): caption is readonly number[] => typeof caption !== 'string')
  const { sequences } = await tokenize(texts.length === flat.length ? texts : { tokens })
  return { pixels: { data: images.pixels, shape: images.shape }, captions: sequences }
}

/**
 * Lays the captions out in rows, in which what they share at their start stands once.
 * @param fewShapes whether sizes are rounded up, so that a few graphs serve all batches
 */
export function stepInputs({ captions, ...arrays }: StepBatch, { text }: CLIPConfig, fewShapes: boolean): StepInputs {
  const batch = textBatch(captions, { width: text.width, fewShapes })
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

/**
 * The tokens that patch dropout (arXiv 2212.00794) keeps: for each image its class token and a draw of its patches, as rows of
 * `[images · (1 + patches)]`. Drawn on the host, so that every runtime keeps the same.
 * @param share of the patches that is dropped, 0 ≤ share < 1
 */
export function keptTokens(images: number, config: CLIPConfig, share: number, seed: number): HostArray {
  const [rows, columns] = patchGrid(config.vision)
  const patches = rows * columns
  const count = Math.max(1, Math.floor(patches * (1 - share)))
  const random = createRandom(seed)
  const kept = new Int32Array(images * (1 + count)) // [images, 1 + count]
  for (let image = 0; image < images; image++) {
    const first = image * (1 + patches)
    const drawn = drawDistinct(patches, count, random).map((patch) => first + 1 + patch)
    kept.set([first, ...drawn], image * (1 + count))
  }
  return { data: kept, shape: [images, 1 + count] }
}
