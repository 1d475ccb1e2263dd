/** `unicodedata.normalize('NFC', text)` with Python's Unicode version, in linear time, even for very long runs of accents. */
import { assigned } from '../python-text'

/** JavaScript engines sort the marks of a letter in quadratic time. Runs longer than this are sorted here first. */
const longestRun = 4_000

/** NFC. Characters that Python does not know stay as they are and separate their neighbours. */
export function compose(text: string): string {
  return text.replace(assigned, (part) => {
    const sorted = part.length < longestRun ? part : part.replace(/\p{M}+/gu, sortLongRun)
    return sorted.normalize('NFC')
  })
}

function sortLongRun(run: string): string {
  return run.length < longestRun ? run : sortMarks(run)
}

/**
 * Sorts marks into canonical order: by combining class, and in their old order within a class. Marks without a class stay in place
 * and separate the others.
 */
function sortMarks(run: string): string {
  const marks = Array.from(run, (mark) => [...mark.normalize('NFD')]).flat()
  const ranks = rankByClass(new Set(marks))
  let sorted = ''
  let buckets: string[] = []
  for (const mark of marks) {
    const rank = ranks.get(mark)
    if (rank === undefined) {
      sorted += buckets.join('') + mark
      buckets = []
    } else {
      buckets[rank] = (buckets[rank] ?? '') + mark
    }
  }
  return sorted + buckets.join('')
}

/** Marks with a combining class, ranked by it. JavaScript shows the classes only by the order in which it sorts marks. */
function rankByClass(marks: ReadonlySet<string>): ReadonlyMap<string, number> {
  const follows = (a: string, b: string) => a !== b && (a + b).normalize('NFD') === b + a
  // The lowest and the highest class: every mark with a class follows the first or precedes the second.
  const [lowest, highest] = ['\u0334', '\u0345']
  const movable = [...marks].filter((mark) => follows(mark, lowest) || follows(highest, mark))
  movable.sort((a, b) => Number(follows(a, b)) - Number(follows(b, a)))
  let rank = 0
  return new Map(movable.map((mark, i) => [mark, i > 0 && follows(mark, movable[i - 1]!) ? ++rank : rank]))
}
