/** Runs a function that must not draw random numbers, because a graph would repeat them in all of its runs. */
import { unrecordable } from '../unrecordable'

/** tfjs's random ops without a seed use `Math.random`. Those with a seed give the same numbers each time anyway. */
export function withoutChance<T>(fn: () => T): T {
  const { random } = Math
  Math.random = () => {
    throw unrecordable(
      'a random number was drawn (Math.random, or a random op of tfjs without a seed)',
      'It would be the same at each run: draw it outside of the function and pass it in as an input, or give a seed.',
    )
  }
  try {
    return fn()
  } finally {
    Math.random = random
  }
}
