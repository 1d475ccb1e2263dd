/** Compares the size of a data set with the number that its publishers state. */
import { plural } from '../../../plural'
import type { DataProblem } from '../data-set'

/** Adds a problem if the numbers differ: a download may be incomplete, or the list may have another version. */
export function checkCount(list: string, noun: string, expected: number, found: number, problems: DataProblem[]): void {
  if (found === expected) return
  problems.push({
    item: list,
    reason: 'count',
    message: `${list}: expected ${plural(expected, noun)}, as published; found ${found.toLocaleString('en')}.`,
  })
}
