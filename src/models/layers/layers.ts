/** Layers whose weight and bias are looked up by the layer's name. */
import type { Tensor1D, Tensor3D } from '@tensorflow/tfjs-core'
import { layerNorm } from '../../ops/layers/layer-norm'
import { linear } from '../../ops/layers/linear'
import type { Scope } from './scope'

/** Layer norm with `name.weight` and `name.bias`: `[batch, tokens, width] → [batch, tokens, width]`. */
export function applyNorm(p: Scope, name: string, x: Tensor3D, epsilon?: number): Tensor3D {
  return layerNorm(x, p(`${name}.weight`), p(`${name}.bias`), epsilon)
}

/** The affine map with `name.weight` and `name.bias`: `[batch, tokens, inputs] → [batch, tokens, outputs]`. */
export function applyLinear(p: Scope, name: string, x: Tensor3D): Tensor3D {
  return linear(x, p(`${name}.weight`), p<Tensor1D>(`${name}.bias`))
}
