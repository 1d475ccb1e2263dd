/** The data that a `Trainer` needs. `LongCaptionDataset.loader` makes such data. */
import type { DataPosition, TrainingBatch } from '../data/loader/training-batch'
import type { Preprocessing } from '../inference/images/preprocessing'

/** Batches of equal size, from any position on. The order depends only on the epoch's number. */
export interface TrainingData {
  readonly batchSize: number
  /** Samples per epoch, unusable ones included. */
  readonly size: number
  /** Identifies data and order: a run resumes only with the fingerprint that it started with. */
  readonly fingerprint: string
  /** The preprocessing of the pixels, if known. It must be the model's own. */
  readonly preprocessing?: Partial<Preprocessing>
  /** The rest of the position's epoch. A last batch that would not be full is left out. */
  batches(from: DataPosition, signal?: AbortSignal): AsyncIterable<TrainingBatch>
}
