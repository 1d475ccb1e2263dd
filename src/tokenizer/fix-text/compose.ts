/** `unicodedata.normalize('NFC', text)` as Python's Unicode version does it, in time that grows with the text even where accents never end. */
import { assigned } from '../python-text'

/** Engines sort the marks of one letter by insertion, in quadratic time; longer runs are sorted here first. */
const longestRun = 4_000

/** NFC; characters that Python does not know stay as they are and keep their neighbours apart. */
export function compose(text: string): string {
  return text.replace(assigned, (part) => {
    const sorted = part.length < longestRun ? part : part.replace(/\p{M}+/gu, sortLongRun)
    return sorted.normalize('NFC')
  })
}

function sortLongRun(run: string): string {
  return run.length < longestRun ? run : sortMarks(run)
}

/** Marks in canonical order: by combining class, those of one class as they came; a mark of no class stays and parts the others. */
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

/** Marks that have a combining class, ranked by it; JavaScript tells classes only by what it sorts. */
function rankByClass(marks: ReadonlySet<string>): ReadonlyMap<string, number> {
  const follows = (a: string, b: string) => a !== b && (a + b).normalize('NFD') === b + a
  // The lowest and the highest class: whoever has one follows the first or precedes the second.
  const [lowest, highest] = ['\u0334', '\u0345']
  const movable = [...marks].filter((mark) => follows(mark, lowest) || follows(highest, mark))
  movable.sort((a, b) => Number(follows(a, b)) - Number(follows(b, a)))
  let rank = 0
  return new Map(movable.map((mark, i) => [mark, i > 0 && follows(mark, movable[i - 1]!) ? ++rank : rank]))
}
