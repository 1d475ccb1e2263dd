/** Selects the parameters that decay, and so PyTorch's parameter groups. */
import type { Parameters } from '../../runtime/runtime'

/** The reference's rule: tensors of fewer than 2 dimensions, norms, biases and temperatures do not decay. */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length >= 2 && !['bn', 'ln', 'bias', 'logit_scale'].some((part) => name.includes(part))
}

/** The names in PyTorch's parameter groups: those without decay, and those with it. */
export type ParameterGroups = readonly [readonly string[], readonly string[]]

/** Trained names in the order of PyTorch's parameter groups: first those without decay, then those with it. */
export function parameterGroups(trained: readonly string[], weights: Parameters): ParameterGroups {
  return groupsOf(trained, (name) => weights.shape(name))
}

/** The same for parameters whose shapes a function returns. */
export function groupsOf(trained: readonly string[], shapeOf: (name: string) => readonly number[]): ParameterGroups {
  const decaying = (name: string) => decays(name, shapeOf(name))
  return [trained.filter((name) => !decaying(name)), trained.filter(decaying)]
}
