/** Recall@K, the share of queries whose answer is among the first K, and the rank of an answer. */
import { checkList, checkWhole, wrongArgument } from '../../check-arguments'

/** Shares from 0 to 1 by K. */
export type Recall = Readonly<Record<number, number>>

/**
 * @param ranks of the right answers, counted from 0; Infinity for an answer that cannot be found
 * @throws DreamLIPError `INVALID_ARGUMENT` unless each K is a whole number of at least 1
 */
export function recallAt(ranks: ArrayLike<number>, at: readonly number[]): Recall {
  checkCutoffs(at)
  return Object.fromEntries(at.map((k) => [k, countBelow(ranks, k) / ranks.length]))
}

function countBelow(ranks: ArrayLike<number>, k: number): number {
  let count = 0
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! < k) count++
  return count
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless there is at least one K, and all are whole numbers of at least 1 */
export function checkCutoffs(at: readonly number[]): void {
  const expected = 'whole numbers of at least 1, such as [1, 5, 10]'
  if (checkList('at', at, expected).length === 0) throw wrongArgument('at', expected, at)
  Array.from(at).forEach((k, i) => checkWhole(`at[${i}]`, k, 1))
}

/** The number of wrong candidates at least as similar as the best right one. If all are equally similar, nothing is found. */
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
