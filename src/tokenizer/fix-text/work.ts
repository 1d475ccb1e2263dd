/**
 * Bounds the work on one segment of text. One repair can make the next one possible: `Ãƒƒƒ…` and `&amp;amp;amp;…` take a pass
 * a character, for which ftfy needs minutes to hours. Here the text stays as it is once the bound is reached.
 */
export interface Work {
  /** Whether there is still time for a pass over the text. */
  goesOn(text: string): boolean
}

/** Enough for chains of 2,000 repairs in a short text, and for as many passes over a long one. */
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
