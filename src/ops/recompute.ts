/** Functions whose intermediate values are computed again for the gradient, and not kept until then. */
import { engine, grads, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable, fused } from './fused'

/**
 * The same function, with a backward pass that starts from its inputs: memory holds what one call needs, not what all calls need
 * (gradient checkpointing).
 * @param fn of the inputs, then the constants; it must depend on each input
 * @param constants tensors that have no gradient. A tensor that `fn` uses otherwise must outlive the backward pass.
 */
export function recompute<T extends Tensor, Inputs extends readonly Tensor[]>(
  fn: (...tensors: [...Inputs, ...Tensor[]]) => T,
  constants: readonly Tensor[] = [],
): (...inputs: Inputs) => T {
  return differentiable<T, Inputs>(
    (...inputs) => fn(...inputs, ...constants),
    (dy, ...saved) => {
      const again = saved.map((tensor) => after(tensor, dy))
      const inputs = again.slice(0, again.length - constants.length)
      const fixed = again.slice(inputs.length)
      const ofInputs = (...inputs: Tensor[]) => fn(...([...inputs, ...fixed] as [...Inputs, ...Tensor[]]))
      return withOwnTape(() => grads(ofInputs)(inputs, dy)) as { [I in keyof Inputs]: Tensor }
    },
    constants,
  )
}

/**
 * `x`, once `y` is known, for what is computed a second time. Without it, a compiled graph would find that it has the results
 * already, and keep them until then.
 */
export function after<T extends Tensor>(x: T, y: Tensor): T {
  return fused('DreamLIPAfter', { x, y }, {}, () => x.clone() as T)
}

/** tfjs ends its tape with the first gradients that are done; those of the whole, which asked for these, still need theirs. */
function withOwnTape<T>(fn: () => T): T {
  const { state } = engine()
  const tape = state.activeTape
  try {
    return fn()
  } finally {
    state.activeTape = tape
  }
}
