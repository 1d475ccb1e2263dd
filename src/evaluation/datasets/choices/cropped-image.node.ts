/** A part of an image as its own file, encoded when it is read. */
import { decodeImage } from '#images/decode'
import { encodePNG } from '../../../drawing/encode-png'
import { DreamLIPError } from '../../../errors'
import type { ByteStream } from '../../../images/byte-stream'
import { convertToRGB } from '../../../images/resample/alpha'
import type { RawImage } from '../../../images/raw-image'

/** `[left, top, width, height]` in pixels. */
export type Box = readonly [left: number, top: number, width: number, height: number]

/**
 * A PNG of a box's pixels, as a stream that can be read again. Pixels outside the image are left out; Pillow makes them black.
 * @throws DreamLIPError when the stream is read: the image's errors, and `IMAGE_INVALID` for a box without a pixel of the image
 */
export function croppedImage(path: string, box: Box): ByteStream {
  return {
    async *[Symbol.asyncIterator]() {
      yield encodePNG(crop(convertToRGB(await decodeImage(path)), box, path))
    },
  }
}

function crop({ data, width, height, channels }: RawImage, [left, top, across, down]: Box, path: string): RawImage {
  const [x, y] = [Math.max(0, Math.round(left)), Math.max(0, Math.round(top))]
  const [right, bottom] = [Math.min(width, Math.round(left + across)), Math.min(height, Math.round(top + down))]
  if (right <= x || bottom <= y) {
    const expected = `a box inside of ${width} × ${height} pixels; got ${[left, top, across, down].join(', ')}`
    throw new DreamLIPError('IMAGE_INVALID', `${path}: expected ${expected}.`)
  }
  const rows = Array.from({ length: bottom - y }, (_, row) => {
    const start = ((y + row) * width + x) * channels
    return data.subarray(start, start + (right - x) * channels)
  })
  const part = new Uint8Array((right - x) * (bottom - y) * channels)
  rows.forEach((row, i) => part.set(row, i * row.length))
  return { data: part, width: right - x, height: bottom - y, channels }
}
