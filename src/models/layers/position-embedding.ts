/** Resizes learned positions to another grid or length, as open_clip does when it loads a checkpoint, or as Long-CLIP does. */
import { DreamLIPError } from '../../errors'

/** For each output position: the first input position, and the weights of the inputs from there. */
type Resampling = readonly { readonly first: number; readonly weights: readonly number[] }[]

/**
 * Resizes the image tower's positions to another grid of patches and keeps that of the class token, if there is one. Uses antialiased bicubic
 * interpolation without aligned corners (open_clip's `resize_pos_embed`, PyTorch's `F.interpolate(mode='bicubic', antialias=True)`).
 * @param data `[before + rows · columns, width]`, row-major
 * @param fromGrid `[rows, columns]` of `data`
 * @param toGrid `[rows, columns]` of the result
 * @param before how many positions come before those of patches: 1 for the class token (default), or 0
 * @returns `[before + rows · columns, width]` in a new array
 */
export function resizePositionEmbedding(
  data: Float32Array,
  width: number,
  fromGrid: readonly [number, number],
  toGrid: readonly [number, number],
  before: 0 | 1 = 1,
): Float32Array {
  const [fromRows, fromColumns] = fromGrid
  const [toRows, toColumns] = toGrid
  const what = `${before ? 'a class token and ' : ''}${fromRows} × ${fromColumns} patches`
  checkLength(data, (before + fromRows * fromColumns) * width, what)
  const patches = data.subarray(before * width) // [fromRows, fromColumns, width]
  const wide = resample(patches, fromRows, width, antialiasedBicubic(fromColumns, toColumns)) // [fromRows, toColumns, width]
  const grid = resample(wide, 1, toColumns * width, antialiasedBicubic(fromRows, toRows)) // [toRows, toColumns, width]
  const resized = new Float32Array(before * width + grid.length) // [before + toRows · toColumns, width]
  resized.set(data.subarray(0, before * width))
  resized.set(grid, before * width)
  return resized
}

/**
 * Resizes the text tower's positions to another context length: linear, without aligned corners (open_clip's
 * `resize_text_pos_embed`).
 * @param data `[fromLength, width]`, row-major
 * @returns `[toLength, width]` in a new array
 */
export function resizeTextPositionEmbedding(
  data: Float32Array,
  width: number,
  fromLength: number,
  toLength: number,
): Float32Array {
  checkLength(data, fromLength * width, `${fromLength} tokens`)
  return resample(data, 1, width, linear(fromLength, toLength)) // [toLength, width]
}

/**
 * Resizes the text tower's positions as Long-CLIP does (`load_from_clip` in its `model/longclip.py`): the first 20, which short texts use,
 * are kept; the others are stretched linearly, and continue in a straight line after the last one. Long-CLIP goes from 77 to 248, four
 * positions for each. A shorter context keeps the first positions.
 * @param data `[fromLength, width]`, row-major
 * @returns `[toLength, width]` in a new array
 */
export function stretchTextPositionEmbedding(
  data: Float32Array,
  width: number,
  fromLength: number,
  toLength: number,
): Float32Array {
  checkLength(data, fromLength * width, `${fromLength} tokens`)
  return resample(data, 1, width, stretched(fromLength, toLength)) // [toLength, width]
}

/** Resamples the middle axis: `[before, from, after] → [before, to, after]`. */
function resample(data: Float32Array, before: number, after: number, resampling: Resampling): Float32Array {
  const from = data.length / (before * after)
  const to = resampling.length
  const result = new Float32Array(before * to * after)
  for (let b = 0; b < before; b++) {
    resampling.forEach(({ first, weights }, i) => {
      for (let a = 0; a < after; a++) {
        let sum = 0
        weights.forEach((weight, tap) => (sum += weight * data[(b * from + first + tap) * after + a]!))
        result[(b * to + i) * after + a] = sum
      }
    })
  }
  return result
}

/** Keys's cubic with a = -0.5, stretched over the input when it shrinks, as PyTorch does for antialiasing. */
function antialiasedBicubic(from: number, to: number): Resampling {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5)
    const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0)
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from)
    const weights = Array.from({ length: end - first }, (_, tap) => cubic((first + tap - centre + 0.5) / stretch))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return { first, weights: weights.map((weight) => weight / total) }
  })
}

function cubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2
  return 0
}

/** The two neighbours of each output position, without antialiasing. */
function linear(from: number, to: number): Resampling {
  return Array.from({ length: to }, (_, i) => {
    const position = Math.max((from / to) * (i + 0.5) - 0.5, 0)
    const first = Math.min(Math.floor(position), from - 1)
    const share = position - first
    return first + 1 < from ? { first, weights: [1 - share, share] } : { first, weights: [1] }
  })
}

/** The positions that Long-CLIP keeps (`keep_len`): few of CLIP's training texts were longer. */
const keptPositions = 20

/** The first positions, then the others at equal steps. The end continues the line through the last two. */
function stretched(from: number, to: number): Resampling {
  const kept = Math.min(keptPositions, Math.max(from - 2, 0))
  return Array.from({ length: to }, (_, i) => {
    if (i < kept || to <= from) return { first: i, weights: [1] }
    const position = kept + ((i - kept) * (from - kept)) / (to - kept)
    const first = Math.max(Math.min(Math.floor(position), from - 2), 0)
    const share = position - first
    return from > 1 ? { first, weights: [1 - share, share] } : { first, weights: [1] }
  })
}

function checkLength(data: Float32Array, expected: number, what: string): void {
  if (data.length === expected) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `positional embedding: expected ${expected} values for ${what}, got ${data.length}.`,
  )
}
