/** A file of samples, read as a stream from any place that an earlier reading ended at. */
import type { CaptionRecord } from './record'

/** Why a sample was left out. */
export type SkipReason =
  | 'csv' // a row that breaks the format's rules, or has another number of cells than the header
  | 'json' // text that is no JSON, or no record
  | 'tar' // an archive that is damaged; what follows in it is lost
  | 'parquet' // a group of rows that does not decode
  | 'pair' // a sample without its image or its captions
  | 'image' // an image that is missing, damaged or no image
  | 'caption' // no sub-caption is left after splitting

/** A sample that was left out. */
export interface Problem {
  readonly reason: SkipReason
  /** The file and the place in it, or the sample's key. */
  readonly sample: string
  readonly message: string
}

/** One step of reading: a record, or why there is none; then the place where the next one begins. */
export type Reading = ({ readonly record: CaptionRecord } | { readonly problem: Problem }) & { readonly end: number }

/** How many samples a file has, broken ones included, and where every `indexStep`-th begins. */
export interface ShardIndex {
  readonly count: number
  readonly starts: readonly number[]
}

/** Samples between two places that an index knows: so many are passed at most on the way to any sample. */
export const indexStep = 500

/** A part of a data set. Places (`from`, `end`) are the layout's own: byte offsets, row numbers. */
export interface Shard {
  readonly name: string
  /** Tells versions of the file apart. */
  readonly version: string
  /** Of what it is made, where that is known without reading: a run goes on with the same contents only. */
  readonly contents?: string
  /** Known without reading, where the layout tells. */
  readonly index?: ShardIndex
  /** Samples from a place on; `undefined` is the beginning. */
  read(from?: number, signal?: AbortSignal): AsyncIterable<Reading>
}

/** The index of a shard whose every sample has a number, which is its place. */
export function numberedIndex(count: number): ShardIndex {
  return { count, starts: Array.from({ length: Math.ceil(count / indexStep) }, (_, i) => i * indexStep) }
}

/** An index of a shard's beginning, up to a place. */
export interface BegunIndex extends ShardIndex {
  readonly place: number | undefined
}

/**
 * Reads a shard through once.
 * @param onStep is given what has been found, after each `indexStep` samples
 * @param begun goes on from there
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
    // The first sample's place is the shard's own beginning, which -1 stands for.
    if (count % indexStep === 0) starts.push(place ?? -1)
    place = end
    count++
    if (count % indexStep === 0) await onStep?.({ count, starts, place })
  }
  return { count, starts }
}
