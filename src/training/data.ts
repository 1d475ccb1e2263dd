/** What a trainer asks of its data. */
import type { DataPosition, SkippedSample } from '../data/loader/loader'
import type { Preprocessing } from '../inference/images/preprocessing'
import type { PixelBatch } from '../inference/images/image-list'

/** Images with as many captions each, ready for the towers. */
export interface TrainingBatch {
  /** `[B, 3, size, size]`, normalised */
  readonly images: PixelBatch
  /** For each image K captions: texts, or token ids with start and end token. */
  readonly captions: readonly (readonly (string | readonly number[])[])[]
  /** Where the next batch begins. */
  readonly next: DataPosition
  /** Samples that were passed over on the way to this batch. */
  readonly skipped: readonly SkippedSample[]
  /** Called after the step: nobody reads the pixels any more. */
  release?(): void
}

/** Batches of equal size in an order that only the epoch's number decides, from any position on. */
export interface TrainingData {
  readonly batchSize: number
  /** Samples an epoch, broken ones included. */
  readonly size: number
  /** The same for the same data: a run that goes on compares it. */
  readonly fingerprint: string
  /** How pixels were made, where the data know it: a trainer refuses another way than its model's. */
  readonly preprocessing?: Partial<Preprocessing>
  /** The rest of the position's epoch; what does not fill a batch is left out. */
  batches(from: DataPosition, signal?: AbortSignal): AsyncIterable<TrainingBatch>
}
