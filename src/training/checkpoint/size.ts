/** The size of a run's files, before they are written. */
import { elementCount } from '../../shape'
import type { Weights } from '../../inference/weights'

/** Names and shapes of weights. */
type Sizes = Pick<Weights, 'names' | 'shape'>

/** Bytes of a tensor in a file in addition to its values: its name, shape and alignment. */
const bytesPerEntry = 380

/** Bytes of only the weights, in float32. */
export function weightBytes(weights: Sizes, names: readonly string[] = weights.names): number {
  return names.reduce((sum, name) => sum + 4 * elementCount(weights.shape(name)) + bytesPerEntry, 0)
}

/** Bytes of a checkpoint, to within a few percent: weights, two moments of the trained ones, and averages. */
export function checkpointBytes(weights: Sizes, trained: readonly string[], withAverages: boolean): number {
  return weightBytes(weights) + (withAverages ? 3 : 2) * weightBytes(weights, trained)
}
