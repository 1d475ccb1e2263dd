/** Draws a histogram as a picture: bars, a tick under every tenth, a line at a limit. */
import { checkList, checkWhole } from '../check-arguments'
import type { RawImage } from '../images/raw-image'

const [barWidth, barHeight, margin, tickHeight] = [6, 240, 12, 6]
const [white, blue, gray, red] = [
  [255, 255, 255],
  [68, 119, 170],
  [120, 120, 120],
  [204, 51, 17],
] as const

/**
 * Draws a histogram: one bar for each count, a tick under every tenth.
 * @param counts how often each value occurs, from 0 on
 * @param limit a red line is drawn before this bar
 * @throws DreamLIPError `INVALID_ARGUMENT` for counts that are not whole numbers
 */
export function drawHistogram(counts: readonly number[], limit?: number): RawImage {
  checkList('counts', counts, 'an array of counts').forEach((count, i) => checkWhole(`counts[${i}]`, count, 0))
  if (limit !== undefined) checkWhole('limit', limit, 0)
  const [width, height] = [counts.length * barWidth + 2 * margin, barHeight + tickHeight + 2 * margin]
  const data = new Uint8Array(width * height * 3) // [height, width, 3]
  const fill = (left: number, top: number, columns: number, rows: number, color: readonly number[]) => {
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) data.set(color, (y * width + x) * 3)
    }
  }
  fill(0, 0, width, height, white)
  const most = Math.max(1, ...counts)
  const base = margin + barHeight
  for (const [i, count] of counts.entries()) {
    const rows = Math.round((barHeight * count) / most)
    fill(margin + i * barWidth, base - rows, barWidth - 1, rows, blue)
    if (i % 10 === 0) fill(margin + i * barWidth, base + 1, 1, tickHeight, gray)
  }
  fill(margin, base, counts.length * barWidth, 1, gray)
  if (limit !== undefined && limit < counts.length) fill(margin + limit * barWidth - 1, margin, 1, barHeight, red)
  return { data, width, height, channels: 3 }
}
