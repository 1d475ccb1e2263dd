/** The optimizer's tensors beside the weights: moments, and averages where they are wanted. */
import type { Parameters, Runtime } from '../../runtime/runtime'
import { average, firstMoment, secondMoment } from './update'
import { elementCount } from '../../shape'

/** Moments of zeros; averages that begin at the weights. */
export async function createOptimizerTensors(
  runtime: Runtime,
  weights: Parameters,
  trained: readonly string[],
  withAverages: boolean,
): Promise<Parameters> {
  const state = runtime.createParameters()
  for (const name of trained) {
    const shape = weights.shape(name)
    const count = elementCount(shape)
    for (const moment of [firstMoment, secondMoment]) state.set(moment(name), { data: new Float32Array(count), shape })
    if (withAverages) state.set(average(name), { data: (await weights.readLater(name)).slice(), shape })
  }
  return state
}
