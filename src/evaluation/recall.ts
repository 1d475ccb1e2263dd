/** Recall@K: the share of queries whose answer is among the first K. */
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
