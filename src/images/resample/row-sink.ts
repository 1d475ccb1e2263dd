/** Takers of pixels: images pass through them row by row, so that the whole of one need not be in memory. */
import type { RawImage } from '../raw-image'

/** Takes the rows of an image from top to bottom, in bands of any height. */
export interface BandSink {
  /** The rows that are needed: from the first up to, but not including, the second. Others are ignored. */
  readonly rows: readonly [number, number]
  /** @param top the first row of the band in the image */
  add(band: RawImage, top: number): void
  finish(): RawImage
}

/** A way to resize: the rows that it reads, and what it does with them once the channels are known. Rows count from the top of the part. */
export interface RowReader {
  readonly rows: readonly [number, number]
  /** @param image any band of the image */
  begin(image: RawImage): RowSink
}

export interface RowSink {
  /** @param at where the part's row `y` begins in `data` */
  row(data: RawImage['data'], at: number, y: number): void
  finish(): RawImage
}
