/** The affine map of PyTorch's `nn.Linear`. */
import { add, matMul, reshape, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { differentiable, fused } from '../fused'
import { matMulTransposed } from '../matmul'
import { sumRows } from '../sum-rows'

/** `x @ weightᵀ + bias`: `[batch, tokens, inputs] × [outputs, inputs] + [outputs] → [batch, tokens, outputs]`. */
export function linear(x: Tensor3D, weight: Tensor2D, bias?: Tensor1D): Tensor3D {
  const [batch, tokens, inputs] = x.shape
  const rows = reshape(x, [batch * tokens, inputs]) as Tensor2D // [batch · tokens, inputs]
  const y = bias ? affine(rows, weight, bias) : matMulTransposed(rows, weight) // [batch · tokens, outputs]
  return reshape(y, [batch, tokens, weight.shape[0]]) // [batch, tokens, outputs]
}

/** `[rows, inputs] × [outputs, inputs] + [outputs] → [rows, outputs]` */
const affine = differentiable<Tensor2D, [Tensor2D, Tensor2D, Tensor1D]>(
  (x, weight, bias) => fused('DreamLIPLinear', { x, weight, bias }, {}, () => add(matMulTransposed(x, weight), bias)),
  (dy, x, weight) => [matMul(dy, weight), matMul(dy, x, true, false), sumRows(dy)],
)
