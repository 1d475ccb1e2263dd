/** Resizes images as Pillow does, to the byte, a row of the source at a time: bicubic, or nearest neighbour for palettes. */
import { DreamLIPError } from '../../errors'
import { divideByAlpha, multiplyByAlpha } from './alpha'
import type { RawImage } from '../raw-image'

/** A rectangle: `[left, top, width, height]`. */
export type Region = readonly [number, number, number, number]

/** What is known of an image before its pixels are. */
export type ImageShape = Pick<RawImage, 'width' | 'height' | 'palette'>

/** What a resized image is made of. */
export interface ResizePlan {
  /** The part of the source that is resized; its surroundings do not bleed in. */
  readonly part: Region
  /** Size that this part gets. */
  readonly width: number
  readonly height: number
  /** The pixels of the result that are wanted. They are those of the whole result. */
  readonly region: Region
}

/** Takes the rows of an image from top to bottom, in bands of any height. */
export interface BandSink {
  /** The rows that must be given: from the first to before the second. Others are ignored. */
  readonly rows: readonly [number, number]
  /** @param top where the band lies in the image */
  add(band: RawImage, top: number): void
  finish(): RawImage
}

/**
 * Resizes to `width` × `height` as Pillow's `Image.resize(…, BICUBIC)` does for the image's mode.
 * @param region compute only this part of the result; the pixels are those of the whole
 * @throws DreamLIPError `IMAGE_TOO_LARGE` for a thin image that is stretched to too many pixels
 */
export function resize(
  image: RawImage,
  width: number,
  height: number,
  region: Region = [0, 0, width, height],
): RawImage {
  const resized = startResize(image, { part: [0, 0, image.width, image.height], width, height, region })
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

/** Resizes an image that arrives in bands, so that the whole of it need not be in memory. @throws as `resize` */
export function startResize(shape: ImageShape, plan: ResizePlan): BandSink {
  const [left, top, partWidth, partHeight] = plan.part
  const same = plan.width === partWidth && plan.height === partHeight
  const start = shape.palette ? pickNearest(plan) : same ? copyRows(plan) : resample(plan)
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

/** A way to resize: the rows of the part that it reads, and what it does with them once the channels are known. */
interface RowReader {
  readonly rows: readonly [number, number]
  begin(image: RawImage): RowSink
}

interface RowSink {
  /** @param at where the part's row `y` begins in `data` */
  row(data: RawImage['data'], at: number, y: number): void
  finish(): RawImage
}

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

function pickNearest({ part, width, height, region: [left, top, columns, rows] }: ResizePlan): RowReader {
  const xs = nearestPositions(part[2], width, left, columns)
  const ys = nearestPositions(part[3], height, top, rows)
  return {
    rows: [ys[0]!, ys.at(-1)! + 1],
    begin({ channels, palette, cmyk }) {
      const data = new Uint8Array(columns * rows * channels) // [rows, columns, channels]
      let [next, out] = [0, 0]
      return {
        row(source, at, y) {
          for (; ys[next] === y; next++) {
            for (let x = 0; x < columns; x++) {
              const from = at + xs[x]! * channels
              for (let c = 0; c < channels; c++) data[out++] = source[from + c]!
            }
          }
        },
        finish: () => ({ data, width: columns, height: rows, channels, palette, cmyk }),
      }
    },
  }
}

/** Pillow has no memory for a result that is longer: there are no rounding errors to reproduce. */
const longestOfPillow = 1e8

/** Source positions, added up step by step as Pillow does it (src/libImaging/Geometry.c): rounding errors included. */
function nearestPositions(inputs: number, outputs: number, from: number, count: number): Int32Array {
  const step = inputs / outputs
  let position = step * 0.5
  if (outputs > longestOfPillow) position += from * step
  else for (let i = 0; i < from; i++) position += step
  return Int32Array.from({ length: count }, () => {
    const current = Math.min(inputs - 1, Math.floor(position))
    position += step
    return current
  })
}

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
  /** Fixed-point weights, `stride` per output position. */
  readonly weights: Int32Array
  readonly stride: number
}

/** Weights for `count` output positions from `from`. When shrinking, the kernel widens: that is the antialiasing. */
function makeKernel(inputs: number, outputs: number, from: number, count: number): Kernel {
  const scale = inputs / outputs
  const filterScale = Math.max(scale, 1)
  const support = bicubicSupport * filterScale
  const stride = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  const weights = new Int32Array(count * stride)
  const row = new Float64Array(stride)
  for (let i = 0; i < count; i++) {
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

/** Pixels that a thin image may have once it is as wide as the result, or a square of that width: more would take many seconds. */
const largestStretch = 2 ** 26

/** Horizontal pass first, then vertical, each rounded to bytes; a direction that keeps its size is skipped. */
function resample({ part, width, height, region: [left, top, columns, rows] }: ResizePlan): RowReader {
  const across = width === part[2] ? undefined : makeKernel(part[2], width, left, columns)
  const down = height === part[3] ? undefined : makeKernel(part[3], height, top, rows)
  const first = down ? down.starts[0]! : top
  const end = down ? down.starts[rows - 1]! + down.lengths[rows - 1]! : top + rows
  const stretched = (end - first) * columns
  if (columns > part[2] && stretched > Math.max(largestStretch, columns ** 2)) {
    throw new DreamLIPError(
      'IMAGE_TOO_LARGE',
      `image: ${part[2]} × ${part[3]} pixels, ${columns} columns wide, would be ${stretched} before the height is reduced: ` +
        `too much to compute. Cut the image into parts, or use resizeMode 'shortest'.`,
    )
  }
  return {
    rows: [first, end],
    begin(image) {
      const { channels, palette, cmyk } = image
      const hasAlpha = !cmyk && channels % 2 === 0
      const data = new Uint8Array(columns * rows * channels) // [rows, columns, channels]
      const output = down
        ? blendRows(down, columns * channels, channels, data)
        : placeRows(top, columns * channels, data)
      const narrow = across ? blendPixels(across, columns, channels) : cutRow(left, columns, channels)
      const multiplied = new Uint8Array(hasAlpha ? part[2] * channels : 0)
      return {
        row(source, at, y) {
          if (hasAlpha) multiplyByAlpha(source, at, channels, multiplied)
          output(hasAlpha ? narrow(multiplied, 0) : narrow(source, at), y)
        },
        finish() {
          if (hasAlpha) divideByAlpha(data, channels)
          return { data, width: columns, height: rows, channels, palette, cmyk }
        },
      }
    },
  }
}

/** The horizontal pass over the row that begins at `at`; the result is overwritten by the next. */
type NarrowRow = (source: RawImage['data'], at: number) => RawImage['data']

function cutRow(left: number, columns: number, channels: number): NarrowRow {
  return (source, at) => source.subarray(at + left * channels, at + (left + columns) * channels)
}

function blendPixels(kernel: Kernel, columns: number, channels: number): NarrowRow {
  const row = new Uint8Array(columns * channels) // [columns, channels]
  const blend = blendOf(channels)
  return (source, at) => {
    for (let x = 0; x < columns; x++) {
      blend(source, at + kernel.starts[x]! * channels, channels, channels, kernel, x, row, x * channels)
    }
    return row
  }
}

/** The vertical pass: takes a narrowed row of the source. */
type TakeRow = (row: RawImage['data'], y: number) => void

function placeRows(top: number, values: number, data: Uint8Array): TakeRow {
  return (row, y) => data.set(row, (y - top) * values)
}

/** Keeps the last rows, from which each row of the result is made when its last one has come. */
function blendRows(kernel: Kernel, values: number, channels: number, data: Uint8Array): TakeRow {
  const { starts, lengths, stride } = kernel
  const held = new Uint8Array(2 * stride * values) // [2 · stride, columns, channels]
  const blend = blendOf(channels)
  let [top, next] = [starts[0]!, 0]
  return (row, y) => {
    if (y - top === 2 * stride) {
      held.copyWithin(0, stride * values)
      top += stride
    }
    held.set(row, (y - top) * values)
    for (; next < starts.length && starts[next]! + lengths[next]! - 1 === y; next++) {
      const [from, out] = [(starts[next]! - top) * values, next * values]
      for (let x = 0; x < values; x += channels) blend(held, from + x, values, channels, kernel, next, data, out + x)
    }
  }
}

/** Rounds a sum to a byte, as Pillow's `clip8` does. */
function toByte(sum: number): number {
  const value = sum >> precisionBits
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** One output pixel: the weighted sum of source pixels from `at`, `step` bytes apart, in 32-bit integers, where it always fits. */
type Blend = (
  source: RawImage['data'],
  at: number,
  step: number,
  channels: number,
  kernel: Kernel,
  position: number,
  data: Uint8Array,
  out: number,
) => void

function blendOf(channels: number): Blend {
  return channels === 3 ? blendThree : channels === 4 ? blendFour : blendChannels
}

const blendChannels: Blend = (source, at, step, channels, { weights, lengths, stride }, position, data, out) => {
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
const blendThree: Blend = (source, at, step, _, { weights, lengths, stride }, position, data, out) => {
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

/** The same with a fourth channel: alpha or ink. */
const blendFour: Blend = (source, at, step, _, { weights, lengths, stride }, position, data, out) => {
  const first = position * stride
  const end = first + lengths[position]!
  let one = half
  let two = half
  let three = half
  let four = half
  for (let i = first, from = at; i < end; i++, from += step) {
    const weight = weights[i]!
    one = (one + Math.imul(source[from]!, weight)) | 0
    two = (two + Math.imul(source[from + 1]!, weight)) | 0
    three = (three + Math.imul(source[from + 2]!, weight)) | 0
    four = (four + Math.imul(source[from + 3]!, weight)) | 0
  }
  data[out] = toByte(one)
  data[out + 1] = toByte(two)
  data[out + 2] = toByte(three)
  data[out + 3] = toByte(four)
}
