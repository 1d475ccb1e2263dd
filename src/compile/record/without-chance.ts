/** Runs a function that must not draw random numbers, because a graph would repeat them in every run. */
import { withRandom } from '../../ops/tfjs-internals'
import { unrecordable } from '../unrecordable'

/** Random ops with a seed are allowed: they return the same numbers each time anyway. */
export function withoutChance<T>(fn: () => T): T {
  return withRandom(() => {
    throw unrecordable(
      'a random number was drawn (Math.random, or a random op of tfjs without a seed)',
      'It would be the same in each run: draw it outside of the function and pass it in as an input, or set a seed.',
    )
  }, fn)
}
