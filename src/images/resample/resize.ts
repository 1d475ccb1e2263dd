/** Resizes images exactly as Pillow does, one row of the source at a time. Images with palettes are always resized by nearest neighbour. */
import type { RawImage } from '../raw-image'
import type { Interpolation } from './kernel'
import { pickNearest } from './nearest'
import { resample } from './resample'
import type { ImageShape, Region, ResizePlan } from './resize-plan'
import type { BandSink, RowReader, RowSink } from './row-sink'

/**
 * Resizes to `width` × `height` like Pillow's `Image.resize` for the image's mode.
 * @param region compute only this part of the result; its pixels are the same as in the whole result
 * @throws DreamLIPError `IMAGE_TOO_LARGE` if a thin image would be stretched to too many pixels
 */
export function resize(
  image: RawImage,
  width: number,
  height: number,
  region: Region = [0, 0, width, height],
  interpolation: Interpolation = 'bicubic',
): RawImage {
  const part = [0, 0, image.width, image.height] as const
  const resized = startResize(image, { part, width, height, region, interpolation })
  resized.add(image, 0)
  return resized.finish()
}

/** Cuts a part out of an image. */
export function crop(image: RawImage, [left, top, width, height]: Region): RawImage {
  if (width === image.width && height === image.height) return image
  const { channels } = image
  const data = new Uint8Array(width * height * channels) // [height, width, channels]
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels
    data.set(image.data.subarray(from, from + width * channels), y * width * channels)
  }
  return { ...image, data, width, height }
}

/** Resizes an image that arrives in bands, so that it is never in memory as a whole. @throws as `resize` */
export function startResize(shape: ImageShape, plan: ResizePlan): BandSink {
  const [left, top, partWidth, partHeight] = plan.part
  const same = plan.width === partWidth && plan.height === partHeight
  const { interpolation = 'bicubic' } = plan
  const isNearest = shape.palette || interpolation === 'nearest'
  const start = isNearest ? pickNearest(plan) : same ? copyRows(plan) : resample(plan, interpolation)
  let rows: RowSink | undefined
  return {
    rows: [top + start.rows[0], top + start.rows[1]],
    add(band, bandTop) {
      rows ??= start.begin(band)
      const [first, end] = start.rows
      const from = Math.max(first + top, bandTop)
      const to = Math.min(end + top, bandTop + band.height, top + partHeight)
      for (let y = from; y < to; y++) {
        rows.row(band.data, ((y - bandTop) * band.width + left) * band.channels, y - top)
      }
    },
    finish: () => rows!.finish(),
  }
}

/** Copies a part of an image that keeps its size. */
function copyRows({ region: [left, top, width, height] }: ResizePlan): RowReader {
  return {
    rows: [top, top + height],
    begin({ channels, palette, cmyk }) {
      const data = new Uint8Array(width * height * channels) // [height, width, channels]
      return {
        row(source, at, y) {
          const from = at + left * channels
          data.set(source.subarray(from, from + width * channels), (y - top) * width * channels)
        },
        finish: () => ({ data, width, height, channels, palette, cmyk }),
      }
    },
  }
}
