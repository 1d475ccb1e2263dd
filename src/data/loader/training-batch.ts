/** A batch of images with captions: made by a loader, used by a trainer. */

/** A position in the data: the epoch, and the number of its samples already read, unusable ones included. */
export interface DataPosition {
  readonly epoch: number
  readonly sample: number
}

/** A sample that was left out, and why. */
export interface SkippedSample {
  /** The sample's name in the data, such as a path. */
  readonly sample: string
  readonly reason: string
}

/** B images with K captions each, ready for the towers. Captions are texts, or token ids with start and end token. */
export interface TrainingBatch<Caption = string | readonly number[]> {
  /** Normalised pixels, `[B, 3, size, size]` */
  readonly images: { readonly pixels: Float32Array; readonly shape: readonly [number, number, number, number] }
  /** The K captions of each image. */
  readonly captions: readonly (readonly Caption[])[]
  /** The start of the next batch. */
  readonly next: DataPosition
  /** Samples that were left out since the previous batch. */
  readonly skipped: readonly SkippedSample[]
  /** Returns the pixels' memory to later batches. Call it when the pixels have been read; otherwise each batch allocates memory. */
  release?(): void
}
