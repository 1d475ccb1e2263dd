/** Records a program's function as a graph: parameters are its inputs, and their new values are outputs. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Graph } from '../../../compile/graph'
import type { InputSpec } from '../../../compile/record/place-inputs'
import { record, type Dialect } from '../../../compile/record/recorder'
import { dtypeOf, type AnyTensors, type HostArray, type UpdatingFunction } from '../../runtime'
import type { StoredParameters } from '../arrays/parameters'

/** A function may have an output and an input of the same name. In a graph, all names must differ. */
export const outputPrefix = 'output:'
export const updatePrefix = 'update:'

/** The graph of a function for inputs of these shapes. The parameters of all sets are passed to it by their names. */
export function recordProgram<Input, Output>(
  fn: UpdatingFunction<Input, Output>,
  inputs: Readonly<Record<string, HostArray>>,
  parameters: readonly StoredParameters[],
  dialect: Dialect,
): Graph {
  const forms = new Map(parameters.flatMap((set) => [...set.forms]))
  const specs: Record<string, InputSpec> = {}
  for (const [name, array] of Object.entries(inputs)) specs[name] = { shape: array.shape, dtype: dtypeOf(array) }
  for (const [name, { shape, storage }] of forms) {
    specs[name] = { shape, dtype: 'float32', storage }
  }
  return record(
    (tensors) => {
      const entries = Object.entries<Tensor>(tensors)
      const weights = new Map(entries.filter(([name]) => forms.has(name)))
      const inputs = Object.fromEntries(entries.filter(([name]) => !forms.has(name)))
      const { outputs, updates } = fn(inputs as Input, weights)
      return Object.fromEntries([
        ...Object.entries(outputs as AnyTensors).map(([name, output]) => [outputPrefix + name, output]),
        ...[...updates].map(([name, update]) => [updatePrefix + name, update]),
      ]) as Record<string, Tensor>
    },
    specs,
    dialect,
  )
}
