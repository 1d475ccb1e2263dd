/** Chooses among copies of a model that training keeps in one file: averages, teachers. */

/** Words in the prefixes of copies that training keeps next to the model. */
const averagedCopy = /(?:^|[._])(?:ema|swa|averaged?|shadow|momentum)(?:[._]|$)/i
const otherCopy = /(?:^|[._])(?:teacher|target|frozen|reference|ref|old|orig|anchor)(?:[._]|$)/i

/**
 * Whether the CLIP model under this prefix or key is the requested one.
 * @param weights `model` (default): any that is not a second copy; `ema`: averaged weights; else a word of the name
 */
export function isWanted(name: string, weights = 'model'): boolean {
  if (weights === 'model') return !averagedCopy.test(name) && !otherCopy.test(name)
  if (weights === 'ema') return averagedCopy.test(name)
  return name === weights || name === `${weights}.` || name.split(/[._]/).includes(weights)
}
