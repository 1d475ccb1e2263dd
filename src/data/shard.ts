/** A file of samples. Reading can start at any position where an earlier reading ended. */
import type { CaptionRecord } from './record'

/** The reason why a sample was skipped. */
export type SkipReason =
  | 'csv' // a row that breaks the format's rules, or whose number of cells differs from the header's
  | 'json' // text that is not JSON, or not a record
  | 'tar' // a damaged archive; everything after the damage is lost
  | 'parquet' // rows that cannot be decoded
  | 'pair' // a sample without its image or its captions
  | 'image' // an image that is missing or damaged, or a file that is not an image
  | 'caption' // no sub-caption is left after splitting

/** A sample that was skipped. */
export interface Problem {
  readonly reason: SkipReason
  /** The file and the place in it, or the sample's key. */
  readonly sample: string
  readonly message: string
}

/** One step of reading: a record or a problem, and the position where the next step begins. */
export type Reading = ({ readonly record: CaptionRecord } | { readonly problem: Problem }) & { readonly end: number }

/** The number of samples in a file, broken ones included, and the start of every `indexStep`-th sample. */
export interface ShardIndex {
  readonly count: number
  readonly starts: readonly number[]
}

/** The number of samples between two indexed positions. To reach a sample, at most this many are read and dropped. */
export const indexStep = 500

/** A part of a data set. Positions (`from`, `end`) are byte offsets or row numbers, depending on the layout. */
export interface Shard {
  readonly name: string
  /** The version of the file, as text. */
  readonly version: string
  /** A hash of the contents, if known without reading. A resumed run needs the same contents. */
  readonly contents?: string
  /** The index, if the layout states it. */
  readonly index?: ShardIndex
  /** Reads the samples from a position on. `undefined` is the beginning. */
  read(from?: number, signal?: AbortSignal): AsyncIterable<Reading>
}

/** The index of a shard whose positions are the numbers of its samples. */
export function numberedIndex(count: number): ShardIndex {
  return { count, starts: Array.from({ length: Math.ceil(count / indexStep) }, (_, i) => i * indexStep) }
}

/** The index of the beginning of a shard, up to a position. */
export interface BegunIndex extends ShardIndex {
  readonly place: number | undefined
}

/**
 * Indexes a shard by reading all of it.
 * @param onStep is called with the index so far after every `indexStep` samples
 * @param begun an earlier index to continue from
 */
export async function indexShard(
  shard: Shard,
  signal?: AbortSignal,
  onStep?: (found: BegunIndex) => void | Promise<void>,
  begun: BegunIndex = { count: 0, starts: [], place: undefined },
): Promise<ShardIndex> {
  const starts = [...begun.starts]
  let { count, place } = begun
  for await (const { end } of shard.read(place, signal)) {
    // -1 means the beginning of the shard, where the first sample is.
    if (count % indexStep === 0) starts.push(place ?? -1)
    place = end
    count++
    if (count % indexStep === 0) await onStep?.({ count, starts, place })
  }
  return { count, starts }
}
