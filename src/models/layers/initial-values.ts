/** Parameters before they have values: names, shapes, and the distributions of their initial values. */
import type { Random } from '../../random'

/** A parameter before it has values. `initialize` is the reference's initialisation. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: number[]
  readonly initialize: Initializer
}

/** Fills an array with initial values. */
export type Initializer = (data: Float32Array, random: Random) => void

export const constant = (value: number): Initializer => {
  return (data) => void data.fill(value)
}
export const normal = (deviation: number): Initializer => {
  return (data, random) => {
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal()
  }
}
/** Uniform in [-bound, bound). */
export const uniform = (bound: number): Initializer => {
  return (data, random) => {
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.uniform() - 1)
  }
}
/** PyTorch's default for weights and biases of linear layers and convolutions, from the number of inputs per output. */
export const linearDefault = (inputs: number) => uniform(inputs ** -0.5)

/** A layer norm. */
export function layerNormSpecs(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initialize: constant(1) },
    { name: `${name}.bias`, shape: [width], initialize: constant(0) },
  ]
}
