/** Pillow's nearest neighbour. Images of palette indices are always resized this way. */
import type { ResizePlan } from './resize-plan'
import type { RowReader } from './row-sink'

/** Picks the nearest pixel of the source for each pixel of the result. */
export function pickNearest({ part, width, height, region: [left, top, columns, rows] }: ResizePlan): RowReader {
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

/** The longest result. Pillow runs out of memory for a longer one, so there is nothing to reproduce. */
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
