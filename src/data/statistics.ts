/** Statistics of a data set's captions. */
import type { Progress } from '../progress'
import { Tokenizer } from '../tokenizer/tokenizer'
import { checkCall, checkCallback, checkWhole, wrongArgument } from '../check-arguments'
import { LongCaptionDataset } from './dataset'
import { captionNames, type CaptionRecord } from './record'
import type { Problem, SkipReason } from './shard'
import { SubcaptionSampler, type SubcaptionSamplerOptions } from './sampling/subcaption-sampler'

/** How often each number occurs: `counts[n]` is the count of n. The last count includes larger numbers. */
export interface Histogram {
  readonly counts: readonly number[]
  readonly mean: number
  readonly median: number
  readonly largest: number
}

export interface DatasetStatistics {
  /** The number of samples in the data set, and of those examined. */
  readonly size: number
  readonly read: number
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>
  /** The first ten skipped samples, with the reasons. */
  readonly problems: readonly Problem[]
  /** The number of samples with each caption. */
  readonly captions: Readonly<Record<string, number>>
  readonly subcaptions: Histogram
  /** Tokens of raw captions and of sub-captions, start and end token included. */
  readonly rawTokens: Histogram
  readonly subcaptionTokens: Histogram
  /** Keys of samples whose image is missing, at most a hundred; and the number of such samples. */
  readonly missing: readonly string[]
  readonly missingCount: number
}

export interface StatisticsOptions {
  /** Maximum samples to examine, spread over the data; default 10,000. */
  readonly limit?: number
  readonly texts?: SubcaptionSamplerOptions
  /** Returns whether an image exists. Default: images are not checked. */
  readonly exists?: (image: CaptionRecord['image']) => Promise<boolean>
  readonly signal?: AbortSignal
  /** Called after each sample. */
  readonly onProgress?: (progress: Progress) => void
}

const namedMissing = 100
const namedProblems = 10

/**
 * Counts captions, sub-captions, tokens and problems of a data set. Images are not decoded.
 * @throws DreamLIPError `INVALID_ARGUMENT`; every error of reading the data set
 */
export async function describeDataset(
  data: LongCaptionDataset,
  options: StatisticsOptions = {},
): Promise<DatasetStatistics> {
  const { limit = 10_000, exists, signal } = checkCall(options)
  if (!(data instanceof LongCaptionDataset)) throw wrongArgument('data', 'a LongCaptionDataset', data)
  checkWhole('limit', limit, 0)
  checkCallback('exists', exists)
  const total = Math.min(limit, data.size)
  const sampler = new SubcaptionSampler(options.texts)
  const tokenizer = await Tokenizer.load()
  const tokensOf = (text: string) => tokenizer.encode(text).length + 2
  const skipped: Partial<Record<SkipReason, number>> = {}
  const captions: Record<string, number> = Object.fromEntries(['raw', ...captionNames].map((name) => [name, 0]))
  const [subcaptions, rawTokens, subcaptionTokens] = [createCounter(64), createCounter(160), createCounter(160)]
  const missing: string[] = []
  const problems: Problem[] = []
  let [read, missingCount] = [0, 0]
  for await (const reading of total === 0 ? [] : data.readings({ seed: 0, signal })) {
    signal?.throwIfAborted()
    if ('problem' in reading) {
      const { problem } = reading
      skipped[problem.reason] = (skipped[problem.reason] ?? 0) + 1
      if (problems.length < namedProblems) problems.push(problem)
    } else {
      const { record } = reading
      const pieces = sampler.pieces(record)
      for (const name of captionNames) if (record.captions[name]?.length) captions[name]!++
      const raw = typeof record.raw === 'string' ? record.raw : record.raw.join('. ')
      if (raw !== '') {
        captions['raw']!++
        rawTokens.add(tokensOf(raw))
      }
      subcaptions.add(pieces.length)
      for (const piece of pieces) subcaptionTokens.add(tokensOf(piece))
      if (exists && !(await exists(record.image))) {
        missingCount++
        if (missing.length < namedMissing) missing.push(record.key)
      }
    }
    options.onProgress?.({ stage: 'samples', done: ++read, total })
    if (read === total) break
  }
  const histograms = {
    subcaptions: subcaptions.result(),
    rawTokens: rawTokens.result(),
    subcaptionTokens: subcaptionTokens.result(),
  }
  return { size: data.size, read, skipped, problems, captions, ...histograms, missing, missingCount }
}

function createCounter(bins: number) {
  const counts = new Array<number>(bins + 1).fill(0)
  let [sum, number, largest] = [0, 0, 0]
  return {
    add(value: number) {
      counts[Math.min(value, bins)]!++
      sum += value
      number++
      largest = Math.max(largest, value)
    },
    result(): Histogram {
      let seen = 0
      const median = Math.max(
        0,
        counts.findIndex((count) => (seen += count) * 2 >= number),
      )
      return { counts, mean: number === 0 ? 0 : sum / number, median, largest }
    },
  }
}
