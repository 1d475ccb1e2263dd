/**
 * Limits the work on one segment of text. One repair can make another one possible: `Ãƒƒƒ…` and `&amp;amp;amp;…` need a pass per
 * character, for which ftfy takes minutes to hours. Here the text stays as it is when the limit is reached.
 */
export interface Work {
  /** Whether the limit allows another pass over the text. */
  goesOn(text: string): boolean
}

/** Enough for a chain of 2,000 repairs in a short text, and for as many passes over a long one. */
const characters = 4_000_000
const passes = 32

/** Starts on a segment. */
export function startWork(segment: string): Work {
  let left = characters + passes * segment.length
  return {
    goesOn(text) {
      left -= text.length
      return left >= 0
    },
  }
}
