/** Runs a function in which no number may be drawn by chance: a graph would keep it for all of its runs. */
import { unrecordable } from '../unrecordable'

/** tfjs's random ops without a seed start from `Math.random`; those with a seed give the same numbers each time anyway. */
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
