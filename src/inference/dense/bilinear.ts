/** Bilinear resizing of float maps, like PyTorch's `F.interpolate(mode='bilinear', align_corners=False)`. */

/** For each output position, its two neighbouring input positions, and the weight of the second. */
interface Taps {
  readonly lower: Int32Array
  readonly upper: Int32Array
  readonly weight: Float32Array
}

function taps(from: number, to: number): Taps {
  const lower = new Int32Array(to)
  const upper = new Int32Array(to)
  const weight = new Float32Array(to)
  for (let i = 0; i < to; i++) {
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    lower[i] = Math.min(Math.floor(position), from - 1)
    upper[i] = Math.min(lower[i]! + 1, from - 1)
    weight[i] = position - lower[i]!
  }
  return { lower, upper, weight }
}

/** Resizes a `[height, width]` map. */
export function resizeBilinear(
  map: Float32Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): Float32Array {
  const rows = taps(height, toHeight)
  const columns = taps(width, toWidth)
  const result = new Float32Array(toHeight * toWidth) // [toHeight, toWidth]
  for (let y = 0; y < toHeight; y++) {
    const above = rows.lower[y]! * width
    const below = rows.upper[y]! * width
    const down = rows.weight[y]!
    for (let x = 0; x < toWidth; x++) {
      const left = columns.lower[x]!
      const right = columns.upper[x]!
      const across = columns.weight[x]!
      const top = map[above + left]! * (1 - across) + map[above + right]! * across
      const bottom = map[below + left]! * (1 - across) + map[below + right]! * across
      result[y * toWidth + x] = top * (1 - down) + bottom * down
    }
  }
  return result
}
