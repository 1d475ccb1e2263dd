/** What a loader gives a trainer: batches, prepared ahead of the computation. */
import type { SkipReason } from '../shard'
import type { LoaderOptions } from './options'

/** A position in the data: the epoch, and how many of its samples have been passed, skipped ones included. */
export interface DataPosition {
  readonly epoch: number
  readonly sample: number
}

/** A sample that was skipped, and why. */
export interface SkippedSample {
  /** The sample's name in the data, such as a path. */
  readonly sample: string
  readonly reason: string
}

/** B images with K captions each. */
export interface LoaderBatch {
  /** Normalised pixels, `[B, 3, size, size]` */
  readonly images: { readonly pixels: Float32Array; readonly shape: readonly [number, number, number, number] }
  /** `[B][K]` token lists: each begins with the start token and ends with the end token, without padding. */
  readonly captions: readonly (readonly (readonly number[])[])[]
  /** Where the next batch begins. */
  readonly next: DataPosition
  /** Samples that were skipped since the previous batch. */
  readonly skipped: readonly SkippedSample[]
  /** Returns the memory of the pixels for a later batch. Call it when you no longer read them. Otherwise each batch allocates new memory. */
  release(): void
}

/** Batches for a trainer. Seed, epoch and rank decide their order, so that a run can continue from any position. */
export interface Loader {
  readonly batchSize: number
  /** Samples per epoch of this rank, broken ones included. */
  readonly size: number
  /** The same text for the same data and order. A resumed run compares it. */
  readonly fingerprint: string
  /** How pixels are made. A trainer refuses pixels that differ from what its model was trained on. `resizeMode` is missing if images are augmented. */
  readonly preprocessing: Required<Pick<LoaderOptions, 'mean' | 'std'>> & Pick<LoaderOptions, 'resizeMode'>
  /** How many samples have been skipped so far, by reason. */
  readonly skipped: ReadonlyMap<SkipReason, number>
  /**
   * The batches from a position to the end of its epoch. Samples that do not fill the last batch are dropped.
   * @throws DreamLIPError `DATA_BROKEN` when more than `maxSkipped` samples are skipped
   */
  batches(from: DataPosition, signal?: AbortSignal): AsyncIterable<LoaderBatch>
}
