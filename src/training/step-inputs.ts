/** A batch as the inputs of a step. */
import { DreamLIPError } from '../errors'
import { patchGrid } from '../inference/load-model'
import type { TextBatchInput, TokenizedTexts } from '../inference/text-batches'
import type { CLIPConfig } from '../models/config'
import { createRandom } from '../random'
import type { HostArray } from '../runtime/runtime'
import type { TrainingBatch } from './data'

/** Texts are filled up to a multiple of this where each new length costs time: a few lengths serve all batches. */
const lengthStep = 16

/** `BatchTensors` as arrays. */
export type StepInputs = Record<'pixels' | 'ids' | 'ends', HostArray> & Partial<Record<'kept', HostArray>>

/**
 * Pixels, and the ids of all captions at the length of the longest.
 * @param fewLengths whether lengths are rounded up
 */
export async function stepInputs(
  { images, captions }: TrainingBatch,
  config: CLIPConfig,
  tokenize: (texts: TextBatchInput) => Promise<TokenizedTexts>,
  fewLengths: boolean,
): Promise<StepInputs> {
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
  const longest = Math.max(...sequences.map(({ length }) => length))
  const { contextLength } = config.text
  const length = fewLengths ? Math.min(contextLength, Math.ceil(longest / lengthStep) * lengthStep) : longest
  const ids = new Int32Array(sequences.length * length) // [images · captions, length]
  sequences.forEach((sequence, i) => ids.set(sequence, i * length))
  return {
    pixels: { data: images.pixels, shape: images.shape },
    ids: { data: ids, shape: [sequences.length, length] },
    ends: { data: Int32Array.from(sequences, (sequence) => sequence.length - 1), shape: [sequences.length] },
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
  const kept = Int32Array.from({ length: images * (1 + count) }) // [images, 1 + count]
  for (let image = 0; image < images; image++) {
    const order = Array.from({ length: patches }, (_, patch) => patch)
    const first = image * (1 + patches)
    kept[image * (1 + count)] = first
    for (let i = 0; i < count; i++) {
      const j = i + Math.floor(random.uniform() * (patches - i))
      ;[order[i], order[j]] = [order[j]!, order[i]!]
      kept[image * (1 + count) + 1 + i] = first + 1 + order[i]!
    }
  }
  return { data: kept, shape: [images, 1 + count] }
}
