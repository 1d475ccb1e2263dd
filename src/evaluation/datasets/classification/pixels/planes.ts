/** Pixels that a file stores channel by channel. */
import type { RawImage } from '../../../../images/raw-image'

/**
 * An RGB image from three planes: red, green, blue.
 * @param byColumn whether a plane is stored column by column instead of row by row
 */
export function interleave(planes: Uint8Array, width: number, height: number, byColumn = false): RawImage {
  const count = width * height
  const data = new Uint8Array(3 * count)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = byColumn ? x * height + y : y * width + x
      const to = 3 * (y * width + x)
      for (let c = 0; c < 3; c++) data[to + c] = planes[c * count + from]!
    }
  }
  return { data, width, height, channels: 3 }
}
