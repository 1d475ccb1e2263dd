/** The interface between loader and trainer: batches, prepared ahead of the computation. */
import type { SkipReason } from '../shard'
import type { LoaderOptions } from './options'
import type { DataPosition, TrainingBatch } from './training-batch'

/** Batches for a trainer. Seed, epoch and rank decide their order, so that a run can continue from any position. */
export interface Loader {
  readonly batchSize: number
  /** Samples per epoch of this rank, broken ones included. */
  readonly size: number
  /** The same text for the same data and order. A resumed run compares it. */
  readonly fingerprint: string
  /**
   * The preprocessing of the pixels. A trainer refuses pixels that differ from those that its model was trained on. `resizeMode`
   * and `interpolation` are missing if images are augmented.
   */
  readonly preprocessing: Required<Pick<LoaderOptions, 'mean' | 'std'>> &
    Pick<LoaderOptions, 'resizeMode' | 'interpolation'>
  /** Samples skipped so far, by reason. */
  readonly skipped: ReadonlyMap<SkipReason, number>
  /**
   * The batches from a position to the end of its epoch. Samples that do not fill the last batch are dropped.
   * @throws DreamLIPError `DATA_BROKEN` when more than `maxSkipped` samples are skipped
   */
  batches(from: DataPosition, signal?: AbortSignal): AsyncIterable<Required<TrainingBatch<readonly number[]>>>
}
