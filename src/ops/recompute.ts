/** Gradient checkpointing: intermediate values are recomputed for the gradient instead of being kept in memory. */
import { add, cast, concat, dispose, grads, scalar, split, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable, fused } from './fused'
import { withOwnTape } from './tfjs-internals'

/** A function and its arguments. */
export interface Call<T extends Tensor> {
  /** Takes the inputs, then the constants, and must depend on each input. Other tensors that it uses must outlive the backward pass. */
  readonly fn: (...tensors: never[]) => T
  readonly inputs: readonly Tensor[]
  /** Tensors that get no gradient. */
  readonly constants?: readonly Tensor[]
}

/**
 * Joins the results of several calls along the first axis. For the backward pass, each call is computed again from its inputs. Calls
 * run one after the other. In the backward pass, a call starts when the gradients of the call after it have been added up. Thus
 * only one call needs memory at a time. A single call is not computed twice, because that would save nothing.
 */
export function recomputeInTurn<T extends Tensor>(calls: readonly Call<T>[]): T {
  const [{ fn, inputs: only, constants: fixed = [] }, ...others] = calls as [Call<T>, ...Call<T>[]]
  if (others.length === 0) return (fn as (...tensors: Tensor[]) => T)(...only, ...fixed)
  const inputs = [...new Set(calls.flatMap((call) => call.inputs))]
  const constants = [...new Set(calls.flatMap((call) => call.constants ?? []))]
  let rows: number[] = []
  return differentiable<T, readonly Tensor[]>(
    () => {
      const results = computeAll(calls)
      rows = results.map(({ shape }) => shape[0])
      return joined(results)
    },
    (dy, ...saved) => {
      const savedOf = new Map([...inputs, ...constants].map((tensor, i) => [tensor, saved[i]!]))
      const parts = rows.length === 1 ? [dy] : split(dy, rows, 0)
      const sums = gradientSums(calls, parts, (tensor) => savedOf.get(tensor)!)
      return inputs.map((input) => sums.get(input)!)
    },
    constants,
  )(...inputs)
}

function computeAll<T extends Tensor>(calls: readonly Call<T>[]): T[] {
  const results: T[] = []
  for (const { fn, inputs, constants = [] } of calls) {
    const earlier = results.slice(-1)
    results.push(tidy(() => (fn as (...tensors: Tensor[]) => T)(...after([...inputs, ...constants], earlier))))
  }
  return results
}

/** The gradients of all inputs, added up call by call from the last to the first. */
function gradientSums(
  calls: readonly Call<Tensor>[],
  dys: readonly Tensor[],
  savedOf: (tensor: Tensor) => Tensor,
): Map<Tensor, Tensor> {
  const sums = new Map<Tensor, Tensor>()
  let earlier: readonly Tensor[] = dys.slice(-1)
  for (let i = calls.length - 1; i >= 0; i--) {
    const { fn, inputs, constants = [] } = calls[i]!
    const sofar = inputs.map((input) => sums.get(input))
    const updated = tidy(() => {
      const given = after(inputs.map(savedOf), earlier)
      const fixed = after(constants.map(savedOf), earlier)
      const call = (...given: Tensor[]) => (fn as (...tensors: Tensor[]) => Tensor)(...given, ...fixed)
      const gradients = withOwnTape(() => grads(call)(given, dys[i]))
      return gradients.map((gradient, i) => (sofar[i] ? add(sofar[i], gradient) : gradient))
    })
    dispose(sofar.filter((sum) => sum !== undefined))
    inputs.forEach((input, i) => sums.set(input, updated[i]!))
    earlier = updated
  }
  return sums
}

function joined<T extends Tensor>(results: readonly T[]): T {
  return results.length === 1 ? results[0]! : concat([...results])
}

/**
 * Returns the tensors after the earlier ones are known; a graph has no other order. Without this, it would also detect that values
 * are computed twice, and keep the first ones in memory.
 */
export function after<T extends Tensor>(tensors: readonly T[], earlier: readonly Tensor[]): T[] {
  if (earlier.length === 0 || tensors.length === 0) return [...tensors]
  const zero = fused('DreamLIPZeroAfter', Object.fromEntries(earlier.entries()), {}, (): Scalar => scalar(0))
  return tensors.map((x) => add(x, cast(zero, x.dtype)))
}
