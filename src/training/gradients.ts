/** Gradients of a scalar with respect to named parameters. */
import { addN, engine, keep, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import type { ModelParameters } from '../models/scope'
import '../runtime/gradients'

/** What was to be differentiated, and what came of it. */
export interface LossAndGradients {
  /** The sum of the terms: a scalar. */
  readonly loss: Tensor
  readonly terms: Readonly<Record<string, Tensor>>
  /** Of each parameter that the loss depends on, in its shape. */
  readonly gradients: ReadonlyMap<string, Tensor>
}

/**
 * Gradients of the sum of some terms.
 * @param names of the parameters to differentiate by; those that do not matter to the loss get no gradient
 */
export function differentiateTerms(
  parameters: ModelParameters,
  names: readonly string[],
  terms: () => Record<string, Tensor>,
): LossAndGradients {
  let computed: Record<string, Tensor> = {}
  const wanted = names.map((name) => parameters.get(name)!)
  const { value, grads } = engine().gradients(
    () => {
      computed = terms()
      Object.values(computed).forEach(keep)
      return addN(Object.values(computed)) as Scalar
    },
    wanted,
    undefined,
    true,
  )
  const found = names.flatMap((name, i) => (grads[i] ? [[name, grads[i]] as const] : []))
  return { loss: value, terms: computed, gradients: new Map(found) }
}
