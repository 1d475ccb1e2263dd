/** Rotates images as EXIF's orientation says. */
import type { RawImage } from '../raw-image'

/** Changes of an image, in this order. */
export interface Turn {
  /** Rows become columns. */
  readonly transpose?: boolean
  /** Upside down. */
  readonly flip?: boolean
  /** Left to right. */
  readonly flop?: boolean
}

/** The turns by EXIF's numbers, 1 to 8. */
export const turns: readonly Turn[] = [
  {},
  {},
  { flop: true },
  { flip: true, flop: true },
  { flip: true },
  { transpose: true },
  { transpose: true, flop: true },
  { transpose: true, flip: true, flop: true },
  { transpose: true, flip: true },
]

export function turn(image: RawImage, { transpose = false, flip = false, flop = false }: Turn): RawImage {
  if (!transpose && !flip && !flop) return image
  const { channels, data: source } = image
  const [width, height] = transpose ? [image.height, image.width] : [image.width, image.height]
  const data = new Uint8Array(source.length) // [height, width, channels]
  const [across, down] = transpose ? [image.width * channels, channels] : [channels, image.width * channels]
  const step = flop ? -across : across
  for (let y = 0, out = 0; y < height; y++) {
    let from = (flip ? height - 1 - y : y) * down + (flop ? width - 1 : 0) * across
    for (let x = 0; x < width; x++, from += step) {
      for (let c = 0; c < channels; c++) data[out++] = source[from + c]!
    }
  }
  return { ...image, data, width, height }
}
