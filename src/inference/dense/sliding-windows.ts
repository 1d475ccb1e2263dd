/** Covers an image of any shape with square windows, and merges maps of the windows into one map of the image. */
import { resizeBilinear } from './bilinear'

/** A plan for scaling an image and cutting it into windows. */
export interface WindowPlan {
  /** `[height, width]` of the image itself. */
  readonly image: readonly [number, number]
  /** `[height, width]` after scaling. */
  readonly scaled: readonly [number, number]
  /** Side of a window in pixels of the scaled image. */
  readonly size: number
  /** Top left corners, `[y, x]`. */
  readonly corners: readonly (readonly [number, number])[]
}

/** Plans windows half a window apart for an image whose short side is scaled to `shortSide`. The last windows end at the border. */
export function planWindows(image: readonly [number, number], shortSide: number, size: number): WindowPlan {
  const scale = shortSide / Math.min(...image)
  const scaled = image.map((side) => Math.max(size, Math.round(side * scale))) as [number, number]
  const [ys, xs] = scaled.map((side) => windowStarts(side, size)) as [number[], number[]]
  return { image, scaled, size, corners: ys.flatMap((y) => xs.map((x) => [y, x] as const)) }
}

function windowStarts(length: number, size: number): number[] {
  const stride = Math.ceil(size / 2)
  const count = Math.ceil((length - size) / stride) + 1
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, length - size))
}

/**
 * Merges one small map per window into one map of the image: each is enlarged to its window, overlaps are averaged, and the result
 * is resized to the image.
 * @param maps `[windows, rows, columns]`
 * @returns `[height, width]` of the image
 */
export function mergeWindows(
  plan: WindowPlan,
  maps: Float32Array,
  [rows, columns]: readonly [number, number],
): Float32Array {
  const [height, width] = plan.scaled
  const { size } = plan
  const sum = new Float32Array(height * width)
  const count = new Uint16Array(height * width)
  plan.corners.forEach(([top, left], window) => {
    const small = maps.subarray(window * rows * columns, (window + 1) * rows * columns)
    const large = resizeBilinear(small, [rows, columns], [size, size])
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const at = (top + y) * width + left + x
        sum[at]! += large[y * size + x]!
        count[at]!++
      }
    }
  })
  return resizeBilinear(
    sum.map((value, i) => value / count[i]!),
    plan.scaled,
    plan.image,
  )
}
