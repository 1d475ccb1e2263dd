/** Which parameters decay, and PyTorch's parameter groups, which follow from it. */
import type { Parameters } from '../../runtime/runtime'

/** The reference's rule: tensors of fewer than 2 dimensions, norms, biases and temperatures do not decay. */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length >= 2 && !['bn', 'ln', 'bias', 'logit_scale'].some((part) => name.includes(part))
}

/** Trained names in the order of PyTorch's parameter groups: first those without decay, then those with it. */
export function parameterGroups(trained: readonly string[], weights: Parameters): [string[], string[]] {
  const decaying = (name: string) => decays(name, weights.shape(name))
  return [trained.filter((name) => !decaying(name)), trained.filter(decaying)]
}
