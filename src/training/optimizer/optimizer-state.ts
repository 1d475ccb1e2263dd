/** The tensors that the optimizer keeps for each trained parameter: two moments, and on request a moving average of the weight. */
import type { HostTensor } from '../../checkpoint/tensor'
import type { Parameters, Runtime } from '../../runtime/runtime'
import { elementCount } from '../../shape'

/** The tensors of a run. */
export interface RunTensors {
  /** The model's parameters. */
  readonly weights: Parameters
  /** The optimizer's state, under the names below. */
  readonly state: Parameters
}

/** Names in the optimizer's state, given a parameter's name. */
export const firstMoment = (name: string) => `exp_avg.${name}`
export const secondMoment = (name: string) => `exp_avg_sq.${name}`
export const average = (name: string) => `ema.${name}`

/** Moments start at zero, moving averages at the weights. */
export async function createOptimizerState(
  runtime: Runtime,
  weights: Parameters,
  trained: readonly string[],
  withAverages: boolean,
): Promise<Parameters> {
  const state = runtime.createParameters()
  for (const name of trained) {
    for (const moment of [firstMoment, secondMoment]) state.set(moment(name), zerosFor(weights, name))
    if (withAverages) {
      state.set(average(name), { data: (await weights.readLater(name)).slice(), shape: weights.shape(name) })
    }
  }
  return state
}

/** Zeros in a parameter's shape. */
export function zerosFor(weights: Parameters, name: string): { data: Float32Array; shape: readonly number[] } {
  const shape = weights.shape(name)
  return { data: new Float32Array(elementCount(shape)), shape }
}

/** The moving averages of trained parameters, together with the weights that are not trained. */
export async function readAverages(
  { weights, state }: RunTensors,
  trained: readonly string[],
): Promise<Map<string, HostTensor>> {
  const averages = new Map<string, HostTensor>()
  for (const name of weights.names) {
    const data = await (trained.includes(name) ? state.readLater(average(name)) : weights.readLater(name))
    averages.set(name, { data: data.slice(), shape: weights.shape(name), dtype: 'float32' })
  }
  return averages
}
