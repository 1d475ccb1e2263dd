/** Normalises RGB bytes to floats, bit for bit like torchvision's `ToTensor` and `Normalize`. */
import { show } from '../../check-arguments'
import { DreamLIPError } from '../../errors'

/** The mean and standard deviation of OpenAI's CLIP, which DreamLIP uses too. */
export const defaultMean: readonly number[] = [0.48145466, 0.4578275, 0.40821073]
export const defaultStd: readonly number[] = [0.26862954, 0.26130258, 0.27577711]

/**
 * @param rgb interleaved bytes `[height, width, 3]`
 * @param into the array for the result; default a new one
 * @returns `[3, height, width]`: `(byte / 255 − mean) / std`, rounded to float32 after each step
 */
export function normalizePixels(
  rgb: Uint8Array | Uint8ClampedArray,
  mean: readonly number[] = defaultMean,
  std: readonly number[] = defaultStd,
  into: Float32Array = new Float32Array(rgb.length),
): Float32Array {
  checkMeanAndStd(mean, std)
  const pixels = rgb.length / 3
  const [red, green, blue] = [0, 1, 2].map((c) => tableOf(mean[c]!, std[c]!)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    into[i] = red[rgb[at]!]!
    into[pixels + i] = green[rgb[at + 1]!]!
    into[2 * pixels + i] = blue[rgb[at + 2]!]!
  }
  return into // [3, height, width]
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless both are three numbers, those of `std` not 0 */
export function checkMeanAndStd(mean: readonly number[], std: readonly number[]): void {
  const areNumbers = [mean, std].every(
    (three) => Array.isArray(three) && three.length === 3 && three.every(Number.isFinite),
  )
  if (areNumbers && !std.includes(0)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `mean, std: expected three numbers each, std not 0; got ${show(mean)} and ${show(std)}.`,
  )
}

/** The value of each byte. */
function tableOf(mean: number, std: number): Float32Array {
  const values = new Float32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    values[byte] = Math.fround(Math.fround(byte / 255) - Math.fround(mean)) / Math.fround(std)
  }
  return values
}
