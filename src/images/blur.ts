/** Gaussian blur, rows first, then columns; beyond the edge the edge's pixels go on. */
import type { RawImage } from './raw-image'

/** @param sigma standard deviation in pixels */
export function blur(image: RawImage, sigma: number): RawImage {
  const radius = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const kernel = weights.map((weight) => weight / sum)
  const { width, height, channels } = image
  const rows = blurAlong(image.data, kernel, width, channels, height, width * channels, channels)
  const both = blurAlong(rows, kernel, height, width * channels, width, channels, channels)
  return { ...image, data: Uint8Array.from(both, Math.round) }
}

/** One pass along lines of `length` positions, `step` values apart; the lines are `lineStep` values apart. */
function blurAlong(
  source: ArrayLike<number>,
  kernel: Float64Array,
  length: number,
  step: number,
  lines: number,
  lineStep: number,
  channels: number,
): Float32Array {
  const radius = kernel.length >> 1
  const result = new Float32Array(source.length) // [height, width, channels]
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      for (let c = 0; c < channels; c++) {
        const base = line * lineStep + c
        let sum = 0
        for (let k = -radius; k <= radius; k++) {
          const position = Math.min(length - 1, Math.max(0, at + k))
          sum += kernel[k + radius]! * source[base + position * step]!
        }
        result[base + at * step] = sum
      }
    }
  }
  return result
}
