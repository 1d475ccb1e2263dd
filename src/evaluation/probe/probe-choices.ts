/** Checks the choices of a linear probe. */
import { checkList, checkNumber, checkSeed, checkWhole, wrongArgument } from '../../check-arguments'
import type { ProbeChoices } from './run-probe'

/** Options for training a probe. */
export interface ProbeOptions {
  /**
   * The factor on half the sum of the squared weights, 1 / `C` in scikit-learn. Default: chosen among 97 values from 1e-6 to 1e6 by the
   * accuracy on the validation part.
   */
  readonly regularization?: number
  /** Few-shot: embeddings per class to draw for training. Default: all are used. */
  readonly shots?: number
  /** The seeds of the draws, one run per seed; default `[0]`, and `[1, 2, 3]` with `shots`. */
  readonly seeds?: readonly number[]
  /** Maximum steps of L-BFGS per fit; default 1000, as in CLIP's paper. */
  readonly maxIterations?: number
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkProbeOptions({ regularization, shots, seeds, maxIterations = 1000 }: ProbeOptions): ProbeChoices {
  if (regularization !== undefined) checkNumber('regularization', regularization, { above: 0 })
  if (shots !== undefined) checkWhole('shots', shots, 1)
  const chosen = seeds ?? (shots === undefined ? [0] : [1, 2, 3])
  if (checkList('seeds', chosen).length === 0) throw wrongArgument('seeds', 'at least one seed', chosen)
  Array.from(chosen).forEach((seed, i) => checkSeed(`seeds[${i}]`, seed))
  return { regularization, shots, seeds: chosen, maxIterations: checkWhole('maxIterations', maxIterations, 1) }
}
