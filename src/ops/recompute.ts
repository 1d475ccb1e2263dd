/** Functions whose intermediate values are computed again for the gradient, and not kept until then. */
import { engine, grads, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable, fused } from './fused'

/** A function and what it is called with. */
export interface Call<T extends Tensor> {
  /** Of the inputs, then the constants; it must depend on each input. A tensor that it uses otherwise must outlive the backward pass. */
  readonly fn: (...tensors: never[]) => T
  readonly inputs: readonly Tensor[]
  /** Tensors that get no gradient. */
  readonly constants?: readonly Tensor[]
}

/**
 * The results of calls whose backward pass starts from their inputs (gradient checkpointing). Each call starts when the one before
 * has ended, forward and, the other way round, backward: memory holds what one call needs, not what all need together.
 */
export function recomputeInTurn<T extends Tensor>(calls: readonly Call<T>[]): T[] {
  const results: T[] = []
  for (const call of calls) results.push(recompute(call, results.at(-1)))
  return results
}

/** The result of a call that starts once `previous` is known. */
function recompute<T extends Tensor>({ fn, inputs, constants = [] }: Call<T>, previous?: Tensor): T {
  const call = fn as (...tensors: Tensor[]) => T
  const before = previous ? [previous] : []
  const count = inputs.length
  const end = count + before.length
  return differentiable<T, readonly Tensor[]>(
    () => call(...[...inputs, ...constants].map((x) => (previous ? after(x, previous) : x))),
    (dy, ...saved) => {
      const [given, last, fixed] = [saved.slice(0, count), saved.slice(count, end), saved.slice(end)]
      const [x, c] = [given, fixed].map((tensors) => tensors.map((tensor) => after(tensor, dy))) as [Tensor[], Tensor[]]
      const gradients = withOwnTape(() => grads((...x: Tensor[]) => call(...x, ...c))(x, dy))
      return [...gradients, ...last.map((y) => gradients.reduce(after, zerosLike(y)))]
    },
    constants,
  )(...inputs, ...before)
}

/**
 * `x`, once `y` is known. A graph knows no order but this; and it would find that what is computed a second time is there already,
 * and keep it until then.
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
