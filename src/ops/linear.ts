/** The affine map of PyTorch's `nn.Linear`. */
import { add, reshape, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { matMulTransposed } from './matmul'

/** `x @ weightᵀ + bias`: `[batch, tokens, inputs] × [outputs, inputs] + [outputs] → [batch, tokens, outputs]`. */
export function linear(x: Tensor3D, weight: Tensor2D, bias?: Tensor1D): Tensor3D {
  const [batch, tokens, inputs] = x.shape
  const rows = reshape(x, [batch * tokens, inputs]) as Tensor2D // [batch · tokens, inputs]
  const product = matMulTransposed(rows, weight) // [batch · tokens, outputs]
  const y = reshape(product, [batch, tokens, weight.shape[0]]) as Tensor3D // [batch, tokens, outputs]
  return bias ? add(y, bias) : y
}
