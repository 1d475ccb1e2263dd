/** From RGB bytes to normalised floats, bit for bit as torchvision's `ToTensor` and `Normalize` compute them. */
import { DreamLIPError } from '../errors'

/** Of OpenAI's CLIP, which DreamLIP keeps. */
export const defaultMean: readonly number[] = [0.48145466, 0.4578275, 0.40821073]
export const defaultStd: readonly number[] = [0.26862954, 0.26130258, 0.27577711]

/**
 * @param rgb interleaved bytes `[height, width, 3]`
 * @returns `[3, height, width]`: `(byte / 255 − mean) / std`, rounded to float32 after each step
 */
export function normalizePixels(
  rgb: Uint8Array | Uint8ClampedArray,
  mean: readonly number[] = defaultMean,
  std: readonly number[] = defaultStd,
): Float32Array {
  const valid = mean.length === 3 && std.length === 3 && [...mean, ...std].every(Number.isFinite) && !std.includes(0)
  if (!valid) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `mean, std: expected three numbers each, std not 0; got [${mean.join(', ')}] and [${std.join(', ')}].`,
    )
  }
  const pixels = rgb.length / 3
  const values = new Float32Array(rgb.length) // [3, height, width]
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) =>
      Math.fround(Math.fround(Math.fround(byte / 255) - Math.fround(mean[c]!)) / Math.fround(std[c]!)),
    )
    for (let i = 0; i < pixels; i++) values[c * pixels + i] = table[rgb[i * 3 + c]!]!
  }
  return values
}
