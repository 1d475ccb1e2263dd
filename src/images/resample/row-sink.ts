/** Sinks: images pass through them row by row, so that an image is never in memory as a whole. */
import type { RawImage } from '../raw-image'

/** Takes the rows of an image from top to bottom, in bands of any height. */
export interface BandSink {
  /** The rows that are needed: from the first number up to, but not including, the second. Other rows are ignored. */
  readonly rows: readonly [number, number]
  /** @param top the first row of the band in the image */
  add(band: RawImage, top: number): void
  finish(): RawImage
}

/** A method of resizing: the rows that it reads, and how it processes them when the channels are known. Rows count from the top of the part. */
export interface RowReader {
  readonly rows: readonly [number, number]
  /** @param image any band of the image */
  begin(image: RawImage): RowSink
}

export interface RowSink {
  /** @param at the offset of the part's row `y` in `data` */
  row(data: RawImage['data'], at: number, y: number): void
  finish(): RawImage
}
