/** Draws rows at random. */
import { createRandom } from '../../../random'
import type { VectorSample } from '../../vector-store'
import type { Place } from '../segments/find-rows'
import { keptRows } from '../segments/kept-rows'
import type { OpenSegment } from '../segments/open-segment'
import { readTexts } from '../segments/text-column'
import type { RowsBySegment } from './allowed-rows'
import { vectorsAt } from './read-rows'

interface Drawing {
  readonly count: number
  readonly seed: number
  readonly width: number
}

/** @param allowed the rows that may be drawn; default all */
export async function drawRows(
  segments: readonly OpenSegment[],
  allowed: RowsBySegment | undefined,
  { count, seed, width }: Drawing,
  signal?: AbortSignal,
): Promise<VectorSample> {
  const choices = segments.flatMap((segment) => {
    const rows = allowed?.get(segment.entry.file)
    return allowed && !rows ? [] : [{ segment, rows: keptRows(segment.entry, rows) }]
  })
  const total = choices.reduce((sum, { rows }) => sum + rows.length, 0)
  const drawn = drawNumbers(total, Math.min(count, total), seed)
  const places: Place[] = []
  const ids: string[] = []
  let [start, next] = [0, 0]
  for (const { segment, rows } of choices) {
    const own: number[] = []
    while (next < drawn.length && drawn[next]! < start + rows.length) own.push(rows[drawn[next++]! - start]!)
    start += rows.length
    places.push(...own.map((row) => ({ segment, row })))
    ids.push(...(await readTexts(segment.file.ids, own, signal)))
  }
  return { ids, data: await vectorsAt(places, width, signal) }
}

/** Draws distinct numbers below `choices`, in ascending order, by Floyd's algorithm: its cost does not grow with `choices`. */
export function drawNumbers(choices: number, count: number, seed: number): Int32Array {
  const random = createRandom(seed)
  const drawn = new Set<number>()
  for (let last = choices - count; last < choices; last++) {
    const number = Math.floor(random.uniform() * (last + 1))
    drawn.add(drawn.has(number) ? last : number)
  }
  return Int32Array.from(drawn).sort()
}
