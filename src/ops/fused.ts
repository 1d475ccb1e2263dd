/** Operations that are one kernel on some runtimes, and composed of others elsewhere. */
import { customGrad, engine, getBackend, getKernel, type GradSaveFunc, type Tensor } from '@tensorflow/tfjs-core'

/** Kernels that exist only in the compiled runtime, implemented in `compile/kernels/fused/fused.ts`. */
export type FusedKernel = keyof FusedAttributes

/** The attributes of each fused kernel. */
export interface FusedAttributes {
  DreamLIPLinear: NoAttributes
  DreamLIPLayerNorm: { epsilon: number }
  DreamLIPGelu: NoAttributes
  DreamLIPQuickGelu: NoAttributes
  DreamLIPTanhGelu: NoAttributes
  DreamLIPAttention: { heads: number }
  DreamLIPZeroAfter: NoAttributes
  DreamLIPZeroUnless: NoAttributes
  DreamLIPGeluGradient: NoAttributes
  DreamLIPSumRows: NoAttributes
  DreamLIPEmbeddingGradient: { entries: number }
  DreamLIPAdamW: NoAttributes
  DreamLIPMovingAverage: { decay: number }
}

type NoAttributes = Record<string, never>

/** Runs the kernel if the active backend has it, and the eager definition otherwise. */
export function fused<Kernel extends FusedKernel, T extends Tensor | Tensor[]>(
  kernel: Kernel,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: FusedAttributes[Kernel],
  eager: () => T,
): T {
  if (!getKernel(kernel, getBackend())) return eager()
  return engine().runKernel(kernel, { ...inputs }, attributes)
}

/**
 * A function with a custom gradient, written in operations that are fast on every backend.
 * @param forward the value of the inputs
 * @param gradients the gradient for each input, from the gradient of the value, the inputs and the constants
 * @param constants tensors that the gradients need, but that get no gradient themselves
 */
export function differentiable<T extends Tensor, Inputs extends readonly Tensor[]>(
  forward: (...inputs: Inputs) => T,
  gradients: Gradients<T, Inputs>,
  constants: readonly Tensor[] = [],
): (...inputs: Inputs) => T {
  return differentiableKeeping((...inputs) => [forward(...inputs)], gradients, constants)
}

/**
 * The same, if the gradients also need intermediate results of `forward`. They follow the value in its result, and the constants in
 * the call of `gradients`.
 */
export function differentiableKeeping<T extends Tensor, Inputs extends readonly Tensor[]>(
  forward: (...inputs: Inputs) => readonly [T, ...Tensor[]],
  gradients: Gradients<T, Inputs>,
  constants: readonly Tensor[] = [],
): (...inputs: Inputs) => T {
  return (...inputs) =>
    customGrad<T>((...given) => {
      const save = given.at(-1) as GradSaveFunc
      const [value, ...found] = forward(...inputs)
      save([...inputs, ...constants, ...found])
      return {
        value,
        // `saved` contains the tensors that were saved above, contrary to tfjs's type.
        gradFunc: (dy, saved) => [...gradients(dy, ...(saved as unknown as [...Inputs, ...Tensor[]]))],
      }
    })(...inputs)
}

type Gradients<T extends Tensor, Inputs extends readonly Tensor[]> = (
  dy: T,
  ...saved: [...Inputs, ...Tensor[]]
) => { [I in keyof Inputs]: Tensor }
