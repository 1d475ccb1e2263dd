/** An image with a known size and readable rows, and how to read it without keeping all of it in memory. */
import type { RawImage } from './raw-image'
import type { ImageShape } from './resample/resize-plan'
import type { BandSink } from './resample/row-sink'

export interface OpenImage extends ImageShape {
  /** Reads the pixels of some rows, in the image's own mode. */
  read(top: number, rows: number): RawImage | Promise<RawImage>
}

/** Pixels to read at a time: 128 MB with alpha. Bands must not be small, because decoders start again for each. */
export const bandPixels = 2 ** 25

/** Passes the rows that it needs to a sink. */
export async function readBands(image: OpenImage, sink: BandSink, signal?: AbortSignal): Promise<RawImage> {
  const [first, end] = sink.rows
  const bandRows = Math.max(1, Math.floor(bandPixels / image.width))
  for (let top = first; top < end; top += bandRows) {
    signal?.throwIfAborted()
    sink.add(await image.read(top, Math.min(bandRows, end - top)), top)
  }
  return sink.finish()
}

/** The whole image. */
export async function readWhole(image: OpenImage, signal?: AbortSignal): Promise<RawImage> {
  const { width, height } = image
  if (width * height <= bandPixels) return image.read(0, height)
  let whole: RawImage | undefined
  const sink: BandSink = {
    rows: [0, height],
    add(band, top) {
      whole ??= { ...band, height, data: new Uint8Array(width * height * band.channels) } // [height, width, channels]
      whole.data.set(band.data, top * width * band.channels)
    },
    finish: () => whole!,
  }
  return readBands(image, sink, signal)
}

/** Some rows of an image in memory, without a copy. */
export function rowsOf(image: RawImage, top: number, rows: number): RawImage {
  const values = image.width * image.channels
  return { ...image, height: rows, data: image.data.subarray(top * values, (top + rows) * values) }
}

/** Opens an image that is already decoded. */
export function inMemory(image: RawImage): OpenImage {
  return { ...image, read: (top, rows) => rowsOf(image, top, rows) }
}
