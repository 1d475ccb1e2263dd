/** The weights of exported graphs. Each is created when it is written. */
import { encodeValues, type GraphConstant, type GraphInput } from '../../compile/graph'
import { toSevenBits } from '../../quantization/seven-bits'
import { createStoredParameters } from '../../runtime/compiled/arrays/parameters'
import type { Parameters } from '../../runtime/runtime'
import type { Storage } from '../../compile/storage'

/**
 * Constants for those inputs of a graph that are parameters, in their order.
 * @param storageOf how a parameter was stored when the graph was recorded
 */
export function exportedWeights(
  parameters: Parameters,
  inputs: readonly GraphInput<number | string>[],
  storageOf: (name: string) => Storage,
): GraphConstant[] {
  const stored = rememberLast((name: string) => {
    const one = createStoredParameters()
    const [shape, storage, quantized] = [parameters.shape(name), storageOf(name), parameters.readQuantized(name)]
    // Quantizing the weights again would change them.
    if (quantized?.storage === storage) one.setQuantized(name, quantized, shape)
    else one.set(name, { data: parameters.read(name), shape }, storage)
    const integers = one.readQuantized(name)
    if (integers?.storage === 'int8') one.setQuantized(name, toSevenBits(integers), shape)
    return one
  })
  return inputs.flatMap(({ name, type, shape, parameter }): GraphConstant[] => {
    if (!parameter) return []
    return [
      {
        name,
        type,
        shape: shape as readonly number[],
        get bytes() {
          return encodeValues(type, stored(parameter.of).part(parameter).data)
        },
      },
    ]
  })
}

/** A function that remembers its last result: the parts of a weight are written one after the other. */
function rememberLast<T>(make: (name: string) => T): (name: string) => T {
  let last: { name: string; value: T } | undefined
  return (name) => {
    if (last?.name !== name) last = { name, value: make(name) }
    return last.value
  }
}
