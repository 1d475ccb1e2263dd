/** Recall@K: the share of queries whose answer is among the first K, and at which place an answer is. */
import { DreamLIPError } from '../errors'

/** Shares from 0 to 1 by K. */
export type Recall = Readonly<Record<number, number>>

/**
 * @param ranks of the right answers, counted from 0
 * @throws DreamLIPError `INVALID_ARGUMENT` for a K that is no whole number of at least 1
 */
export function recallAt(ranks: readonly number[], at: readonly number[]): Recall {
  const wrong = at.find((k) => !Number.isInteger(k) || k < 1)
  if (at.length === 0 || wrong !== undefined) {
    throw new DreamLIPError('INVALID_ARGUMENT', `at: expected whole numbers of at least 1; got ${wrong ?? 'none'}.`)
  }
  return Object.fromEntries(at.map((k) => [k, ranks.filter((rank) => rank < k).length / ranks.length]))
}

/** How many wrong candidates are at least as similar as the best right one: who ties with everything finds nothing. */
export function rankOf(
  count: number,
  score: (candidate: number) => number,
  isRight: (candidate: number) => boolean,
): number {
  let best = -Infinity
  for (let i = 0; i < count; i++) if (isRight(i)) best = Math.max(best, score(i))
  let rank = 0
  for (let i = 0; i < count; i++) if (!isRight(i) && !(score(i) < best)) rank++
  return rank
}
