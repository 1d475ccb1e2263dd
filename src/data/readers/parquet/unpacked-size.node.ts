/** Stops reading a group whose rows are far larger than its bytes in the file. */
import type { Row } from './decode.node.ts'
import { lost } from './decode-group.node.ts'
import type { Group } from './metadata'

/** A dictionary can repeat one text in any number of rows. Honest files have a ratio of about 100. Small files are not limited. */
const largestRatio = 500
const alwaysAllowed = 64 * 1024 * 1024

/** Below this size, the rows are too few to judge the others by. */
const judgedFrom = 8 * 1024 * 1024

/** The message for the rows that are not read. */
export const tooLarge = `its rows unpack to more than ${largestRatio} times their size in the file; the rest is lost. The file is damaged or forged`

/** Passes on the rows of a group, until their sizes show that all rows together would exceed the limit. */
export async function* untilTooLarge(rows: AsyncGenerator<Row>, group: Group, from: number): AsyncGenerator<Row> {
  const held = group.chunks.reduce((sum, { start, end }) => sum + end - start, 0)
  const allowed = Math.max(alwaysAllowed, largestRatio * held)
  let [row, given] = [from, 0]
  for await (const found of rows) {
    const inAll = (given / Math.max(1, row - from)) * group.rows
    if (given > judgedFrom && inAll > allowed) {
      yield* lost(group, row, tooLarge)
      return
    }
    yield found
    row++
    if (typeof found !== 'string') given += sizeOf(found)
  }
}

/** The number of characters and bytes in a row's values. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return Array.isArray(value) ? value.reduce<number>((sum, part) => sum + sizeOf(part), 0) : 0
}
