/** How a data set is written as WebDataset shards, whatever the platform. */
import type { Progress } from '../progress'
import type { LongCaptionDataset } from './dataset'
import type { Problem, SkipReason } from './shard'

export interface WriteShardsOptions {
  /** Samples a shard, those that are left out included; default 10,000. */
  readonly samplesPerShard?: number
  /** Samples that may be left out before writing stops; default: a tenth of the data set. */
  readonly maxSkipped?: number
  /** Removes the shards that the folder holds, and begins anew; default false: those that are whole are kept. */
  readonly restart?: boolean
  readonly signal?: AbortSignal
  /** Called after each sample. */
  readonly onProgress?: (progress: Progress) => void
  /** Told of each sample that is left out. */
  readonly onSkip?: (problem: Problem) => void
}

/** What was written. */
export interface WrittenShards {
  /** Samples by shard; `sizes.json` in the folder holds the same. */
  readonly sizes: Readonly<Record<string, number>>
  /** Shards that were there already, from an earlier run. */
  readonly kept: number
  readonly skipped: ReadonlyMap<SkipReason, number>
}

export type WriteShards = (
  dataset: LongCaptionDataset,
  folder: string,
  options?: WriteShardsOptions,
) => Promise<WrittenShards>
