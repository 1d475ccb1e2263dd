/** Gradients of a scalar with respect to named parameters. They need `runtime/gradients` to be imported before they run. */
import { keep, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'
import { valueAndGradients } from '../../ops/tfjs-internals'
import type { ModelParameters } from '../../models/layers/scope'

/** A loss with its terms and gradients. */
export interface LossAndGradients {
  /** The sum of the terms: a scalar. */
  readonly loss: Tensor
  readonly terms: Readonly<Record<string, Tensor>>
  /** For each parameter that the loss depends on, in the parameter's shape. */
  readonly gradients: ReadonlyMap<string, Tensor>
}

/**
 * Computes a scalar and its gradients.
 * @param names of the parameters to differentiate by; parameters that the scalar does not depend on get no gradient
 */
export function differentiate(
  parameters: ModelParameters,
  names: readonly string[],
  fn: () => Scalar,
): { value: Scalar; gradients: Map<string, Tensor> } {
  const wanted = names.map((name) => parameters.get(name)!)
  const { value, gradients } = valueAndGradients(fn, wanted)
  const found = names.flatMap((name, i) => (gradients[i] ? [[name, gradients[i]] as const] : []))
  return { value, gradients: new Map(found) }
}

/** Computes a loss's terms, and the gradients of their sum. */
export function differentiateTerms(
  parameters: ModelParameters,
  names: readonly string[],
  compute: () => Record<string, Tensor>,
): LossAndGradients {
  let terms: Record<string, Tensor> = {}
  const { value, gradients } = differentiate(parameters, names, () => {
    terms = compute()
    Object.values(terms).forEach(keep) // the caller returns them
    return addAll(Object.values(terms)) as Scalar
  })
  return { loss: value, terms, gradients }
}
