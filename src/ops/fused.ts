/** Operations that some runtimes have as one kernel and the others compose. */
import { customGrad, engine, getBackend, getKernel, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core'

/** Kernels that only the compiled runtime has; `runtime/compiled/kernels/fused.ts` says how it runs them. */
export type FusedKernel =
  | 'DreamLIPLinear'
  | 'DreamLIPLayerNorm'
  | 'DreamLIPGelu'
  | 'DreamLIPQuickGelu'
  | 'DreamLIPAttention'
  | 'DreamLIPZeroAfter'
  | 'DreamLIPZeroUnless'
  | 'DreamLIPGeluGradient'
  | 'DreamLIPSumRows'
  | 'DreamLIPEmbeddingGradient'
  | 'DreamLIPAdamW'
  | 'DreamLIPMovingAverage'

/** Runs the kernel where the active backend has it, else the eager definition. */
export function fused<T extends Tensor | Tensor[]>(
  kernel: FusedKernel,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: NamedAttrMap,
  eager: () => T,
): T {
  if (!getKernel(kernel, getBackend())) return eager()
  return engine().runKernel(kernel, { ...inputs }, attributes)
}

/**
 * A function with a gradient of its own, written in operations that every backend runs well.
 * @param forward the value of the inputs
 * @param gradients of the loss with respect to each input, given the one with respect to the value, the inputs, and the constants
 * @param constants tensors that the gradients need and that have none themselves
 */
export function differentiable<T extends Tensor, Inputs extends readonly Tensor[]>(
  forward: (...inputs: Inputs) => T,
  gradients: Gradients<T, Inputs>,
  constants: readonly Tensor[] = [],
): (...inputs: Inputs) => T {
  return differentiableKeeping((...inputs) => [forward(...inputs)], gradients, constants)
}

/** The same where the gradients also need what `forward` found on its way: it stands behind the value, and behind the constants. */
export function differentiableKeeping<T extends Tensor, Inputs extends readonly Tensor[]>(
  forward: (...inputs: Inputs) => readonly [T, ...Tensor[]],
  gradients: Gradients<T, Inputs>,
  constants: readonly Tensor[] = [],
): (...inputs: Inputs) => T {
  return (...inputs) =>
    customGrad<T>((...given) => {
      const save = given.at(-1) as unknown as (tensors: Tensor[]) => void
      const [value, ...found] = forward(...inputs)
      save([...inputs, ...constants, ...found])
      return {
        value,
        gradFunc: (dy, saved) => [...gradients(dy, ...(saved as unknown as [...Inputs, ...Tensor[]]))],
      }
    })(...inputs)
}

type Gradients<T extends Tensor, Inputs extends readonly Tensor[]> = (
  dy: T,
  ...saved: [...Inputs, ...Tensor[]]
) => { [I in keyof Inputs]: Tensor }
