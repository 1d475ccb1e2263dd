/** Resizes images as Pillow does, to the byte: bicubic with antialiasing in fixed point, or nearest neighbour for palettes. */
import { fromPremultiplied, toPremultiplied } from './alpha'
import type { RawImage } from './raw-image'

/** Pillow keeps this many fractional bits in its coefficients (src/libImaging/Resample.c). */
const precisionBits = 22
const half = 1 << (precisionBits - 1)

/** Half the width of the bicubic kernel, in source pixels at scale 1. */
const bicubicSupport = 2

/** Keys' cubic convolution kernel with a = -0.5. */
function bicubic(x: number): number {
  const a = -0.5
  const distance = Math.abs(x)
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a
  return 0
}

/** For each output position the first source position and the weights of the source pixels from there. */
interface Kernel {
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** Fixed-point weights, `stride` an output position. */
  readonly weights: Int32Array
  readonly stride: number
}

/** Weights for output positions `from` to `to`. When shrinking the kernel widens: that is the antialiasing. */
function makeKernel(inputs: number, outputs: number, from: number, to: number): Kernel {
  const scale = inputs / outputs
  const filterScale = Math.max(scale, 1)
  const support = bicubicSupport * filterScale
  const stride = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(to - from)
  const lengths = new Int32Array(to - from)
  const weights = new Int32Array((to - from) * stride)
  const row = new Float64Array(stride)
  for (let i = 0; i < to - from; i++) {
    const center = (from + i + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - support + 0.5))
    const length = Math.min(inputs, Math.trunc(center + support + 0.5)) - start
    let sum = 0
    for (let x = 0; x < length; x++) sum += row[x] = bicubic((x + start - center + 0.5) * (1 / filterScale))
    for (let x = 0; x < length; x++) {
      const weight = (sum === 0 ? row[x]! : row[x]! / sum) * (1 << precisionBits)
      weights[i * stride + x] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5)
    }
    starts[i] = start
    lengths[i] = length
  }
  return { starts, lengths, weights, stride }
}

/** Pixels of the resized image that are wanted: `[left, top, width, height]`. */
export type Region = readonly [number, number, number, number]

/**
 * Resizes to `width` × `height` as Pillow's `Image.resize(…, BICUBIC)` does for the image's mode.
 * @param region compute only this part of the result; the pixels are those of the whole
 */
export function resize(
  image: RawImage,
  width: number,
  height: number,
  region: Region = [0, 0, width, height],
): RawImage {
  if (image.palette) return nearest(image, width, height, region)
  const hasAlpha = !image.cmyk && image.channels % 2 === 0
  if (image.width === width && image.height === height) return crop(image, region)
  const resized = resample(hasAlpha ? toPremultiplied(image) : image, width, height, region)
  return hasAlpha ? fromPremultiplied(resized) : resized
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

function nearest(image: RawImage, width: number, height: number, [left, top, columns, rows]: Region): RawImage {
  const { channels } = image
  const xs = nearestPositions(image.width, width)
  const ys = nearestPositions(image.height, height)
  const data = new Uint8Array(columns * rows * channels) // [rows, columns, channels]
  let out = 0
  for (let y = top; y < top + rows; y++) {
    for (let x = left; x < left + columns; x++) {
      const from = (ys[y]! * image.width + xs[x]!) * channels
      for (let c = 0; c < channels; c++) data[out++] = image.data[from + c]!
    }
  }
  return { ...image, data, width: columns, height: rows }
}

/** Source positions, added up step by step as Pillow does it (src/libImaging/Geometry.c): rounding errors included. */
function nearestPositions(inputs: number, outputs: number): Int32Array {
  const step = inputs / outputs
  let position = step * 0.5
  return Int32Array.from({ length: outputs }, () => {
    const current = Math.min(inputs - 1, Math.floor(position))
    position += step
    return current
  })
}

/** Horizontal pass first, then vertical, each rounded to bytes; a direction that keeps its size is skipped. */
function resample(image: RawImage, width: number, height: number, [left, top, columns, rows]: Region): RawImage {
  const vertical = height === image.height ? undefined : makeKernel(image.height, height, top, top + rows)
  // Only source rows that the vertical pass reads go through the horizontal one.
  const firstRow = vertical ? vertical.starts[0]! : top
  const endRow = vertical ? vertical.starts[rows - 1]! + vertical.lengths[rows - 1]! : top + rows
  const band = crop(image, [0, firstRow, image.width, endRow - firstRow])
  const narrowed =
    width === image.width
      ? crop(band, [left, 0, columns, band.height])
      : resampleRows(band, makeKernel(image.width, width, left, left + columns), columns)
  return vertical ? resampleColumns(narrowed, vertical, rows, firstRow) : narrowed
}

function resampleRows(image: RawImage, kernel: Kernel, columns: number): RawImage {
  const { width, height, channels } = image
  const data = new Uint8Array(height * columns * channels) // [height, columns, channels]
  const blend = channels === 3 ? blendRGB : blendChannels
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < columns; x++, out += channels) {
      blend(image, (y * width + kernel.starts[x]!) * channels, channels, kernel, x, data, out)
    }
  }
  return { ...image, data, width: columns }
}

function resampleColumns(image: RawImage, kernel: Kernel, rows: number, firstRow: number): RawImage {
  const { width, channels } = image
  const data = new Uint8Array(rows * width * channels) // [rows, width, channels]
  const blend = channels === 3 ? blendRGB : blendChannels
  for (let y = 0, out = 0; y < rows; y++) {
    const row = (kernel.starts[y]! - firstRow) * width
    for (let x = 0; x < width; x++, out += channels) {
      blend(image, (row + x) * channels, width * channels, kernel, y, data, out)
    }
  }
  return { ...image, data, height: rows }
}

/** Rounds a sum to a byte, as Pillow's `clip8` does. */
function toByte(sum: number): number {
  const value = sum >> precisionBits
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/**
 * One output pixel: the weighted sum of source pixels from `at`, `step` bytes apart. `Math.imul` and `| 0` keep sums in 32-bit
 * integers, where the fixed point always fits.
 */
type Blend = (
  image: RawImage,
  at: number,
  step: number,
  kernel: Kernel,
  position: number,
  data: Uint8Array,
  out: number,
) => void

const blendChannels: Blend = (
  { data: source, channels },
  at,
  step,
  { weights, lengths, stride },
  position,
  data,
  out,
) => {
  const first = position * stride
  const end = first + lengths[position]!
  for (let c = 0; c < channels; c++) {
    let sum = half
    for (let i = first, from = at + c; i < end; i++, from += step) {
      sum = (sum + Math.imul(source[from]!, weights[i]!)) | 0
    }
    data[out + c] = toByte(sum)
  }
}

/** The three channels of photographs side by side: twice as fast, since each weight is loaded once. */
const blendRGB: Blend = ({ data: source }, at, step, { weights, lengths, stride }, position, data, out) => {
  const first = position * stride
  const end = first + lengths[position]!
  let red = half
  let green = half
  let blue = half
  for (let i = first, from = at; i < end; i++, from += step) {
    const weight = weights[i]!
    red = (red + Math.imul(source[from]!, weight)) | 0
    green = (green + Math.imul(source[from + 1]!, weight)) | 0
    blue = (blue + Math.imul(source[from + 2]!, weight)) | 0
  }
  data[out] = toByte(red)
  data[out + 1] = toByte(green)
  data[out + 2] = toByte(blue)
}
