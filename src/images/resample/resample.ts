/** Resampling as Pillow does it: a horizontal pass over each row, then a vertical pass over the rows. */
import { DreamLIPError } from '../../errors'
import type { RawImage } from '../raw-image'
import { divideByAlpha, multiplyByAlpha } from './alpha'
import { blendOf } from './blend'
import { makeKernel, type Interpolation, type Kernel } from './kernel'
import type { ResizePlan } from './resize-plan'
import type { RowReader } from './row-sink'

/** Maximum pixels of a thin image at the result's width, unless a square of that width has more. More takes many seconds. */
const largestStretch = 2 ** 26

/**
 * Plans the two passes. Each rounds to bytes. A pass is skipped if its direction keeps its size.
 * @throws DreamLIPError `IMAGE_TOO_LARGE` if a thin image would be stretched to too many pixels
 */
export function resample(
  { part, width, height, region: [left, top, columns, rows] }: ResizePlan,
  interpolation: Exclude<Interpolation, 'nearest'>,
): RowReader {
  const across = width === part[2] ? undefined : makeKernel(interpolation, part[2], width, left, columns)
  const down = height === part[3] ? undefined : makeKernel(interpolation, part[3], height, top, rows)
  const first = down ? down.starts[0]! : top
  const end = down ? down.starts[rows - 1]! + down.lengths[rows - 1]! : top + rows
  const stretched = (end - first) * columns
  if (columns > part[2] && stretched > Math.max(largestStretch, columns ** 2)) {
    throw new DreamLIPError(
      'IMAGE_TOO_LARGE',
      `image: ${part[2]} × ${part[3]} pixels, resized to ${columns} columns, would have ${stretched} pixels before the height is reduced: ` +
        `this exceeds the limit. Cut the image into parts, or use resizeMode 'shortest'.`,
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

/** The horizontal pass over the row that starts at `at`. The next call overwrites the result. */
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

/** Keeps the latest rows. A row of the result is computed when its last input row has arrived. */
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
