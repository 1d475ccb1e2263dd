/** Retrieval on held-out data, as the evaluation of a training run. */
import { decodeImage } from '#images/decode'
import { checkCall, checkCallback, wrongArgument } from '../../check-arguments'
import { LongCaptionDataset } from '../../data/dataset'
import type { SkippedSample } from '../../data/loader/training-batch'
import type { CaptionRecord } from '../../data/record'
import { hasWords } from '../../data/sampling/split-caption'
import type { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import { isImageProblem } from '../../images/decode/image-problem'
import { checkLong, type LongTexts } from '../../inference/options'
import { checkKeys, type KeysOf } from '../../known-keys'
import { evaluateRetrieval, type RetrievalSample } from './retrieval'

const cutoffs = [1, 5, 10] as const

/** A value of `heldOutRetrieval`: a Recall@K, or `meanRecall`. */
export type RetrievalName = `${'imageToText' | 'textToImage'}@${1 | 5 | 10}` | 'meanRecall'

/** The values that `heldOutRetrieval` measures. `meanRecall` is the mean of the others. */
export const retrievalValues: readonly RetrievalName[] = [
  ...cutoffs.map((k) => `imageToText@${k}` as const),
  ...cutoffs.map((k) => `textToImage@${k}` as const),
  'meanRecall',
]

export interface HeldOutOptions {
  readonly signal?: AbortSignal
  /** Called for each sample that is left out. */
  readonly onSkip?: (skipped: SkippedSample) => void
  /** How captions longer than the model's context are handled; as for `encodeText`. Default `truncate`. */
  readonly long?: LongTexts
}

/** Measures a model: the form of the `Trainer`'s option `evaluate`. */
export type HeldOutRetrieval = (
  model: DreamLIP,
  options?: { readonly signal?: AbortSignal },
) => Promise<Readonly<Record<RetrievalName, number>>>

const optionKeys: KeysOf<HeldOutOptions> = { signal: 0, onSkip: 0, long: 0 }

/** Images that are decoded at once. */
const groupSize = 16

/**
 * Makes the evaluation of a training run: Recall@1, @5 and @10 in both directions on data that the run does not train on. Each caption
 * of an image counts as a separate text. Unless `long` says otherwise, it is cut at the length that the model can read.
 *
 * Samples without a readable image or without words are left out, once, before the run starts.
 *
 * @example
 * const evaluate = await heldOutRetrieval(await LongCaptionDataset.open('held-out'))
 * const trainer = new Trainer({ model, data, evaluate, best: 'meanRecall', folder: 'runs/photos' })
 * @throws DreamLIPError `INVALID_ARGUMENT`; `DATA_EMPTY` if no sample can be used; the signal's reason when aborted
 */
export async function heldOutRetrieval(
  data: LongCaptionDataset,
  options: HeldOutOptions = {},
): Promise<HeldOutRetrieval> {
  if (!(data instanceof LongCaptionDataset)) throw wrongArgument('data', 'a LongCaptionDataset', data)
  const { onSkip, long: given } = checkKeys('', checkCall(options), optionKeys)
  checkCallback('onSkip', onSkip)
  const long = checkLong(given)
  const samples = await readSamples(data, options)
  return async (model, { signal: ofRun } = {}) => {
    const { imageToText, textToImage } = await evaluateRetrieval(model, samples, { at: cutoffs, long, signal: ofRun })
    const recalls = [imageToText, textToImage].flatMap((recall) => cutoffs.map((k) => recall[k]!))
    const values = [...recalls, recalls.reduce((sum, value) => sum + value, 0) / recalls.length]
    return Object.fromEntries(retrievalValues.map((name, i) => [name, values[i]!])) as Record<RetrievalName, number>
  }
}

async function readSamples(data: LongCaptionDataset, { signal, onSkip }: HeldOutOptions): Promise<RetrievalSample[]> {
  const samples: RetrievalSample[] = []
  let group: CaptionRecord[] = []
  const finishGroup = async () => {
    const problems = await Promise.all(group.map((record) => problemOf(record, signal)))
    for (const [i, record] of group.entries()) {
      const reason = problems[i]
      if (reason === undefined) samples.push({ image: record.image, captions: textsOf(record) })
      else onSkip?.({ sample: record.key, reason })
    }
    group = []
  }
  for await (const reading of data.readings({ signal })) {
    if ('record' in reading) group.push(reading.record)
    else onSkip?.({ sample: reading.problem.sample, reason: `${reading.problem.reason}: ${reading.problem.message}` })
    if (group.length === groupSize) await finishGroup()
  }
  await finishGroup()
  if (samples.length > 0) return samples
  throw new DreamLIPError(
    'DATA_EMPTY',
    'data: expected at least one sample with a readable image and a caption to evaluate on; got none. Check the held-out data.',
  )
}

/** The reason why a sample cannot be used. */
async function problemOf(record: CaptionRecord, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (textsOf(record).length === 0) return 'caption: no caption has words'
  try {
    await decodeImage(record.image, { signal })
    return undefined
  } catch (error) {
    if (!isImageProblem(error)) throw error
    return `image: ${error.message}`
  }
}

/** The captions of an image, each once. Captions that the data stores in pieces are joined. */
function textsOf({ raw, captions }: CaptionRecord): string[] {
  const texts = [raw, ...Object.values(captions)].flatMap((caption) => {
    if (caption === undefined) return []
    return typeof caption === 'string' ? [caption] : [caption.join(' ')]
  })
  return [...new Set(texts)].filter(hasWords)
}
