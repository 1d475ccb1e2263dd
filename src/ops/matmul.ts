/** Matrix products, in the form that is fastest on the active backend. */
import { getBackend, matMul, stack, transpose, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { differentiable } from './fused'
import { entry } from './pieces'

/** `x @ weightᵀ` for a weight as PyTorch's `nn.Linear` stores it: `[rows, inputs] × [outputs, inputs] → [rows, outputs]`. */
export function matMulTransposed(x: Tensor2D, weight: Tensor2D): Tensor2D {
  return getBackend() === 'wasm' ? wasmMatMulTransposed(x, weight) : matMul(x, weight, false, true)
}

/** One product for each entry of a batch: `[batch, n, k] × [batch, k, m] → [batch, n, m]`. */
export function batchMatMul(a: Tensor3D, b: Tensor3D): Tensor3D {
  return getBackend() === 'wasm' ? wasmBatchMatMul(a, b) : matMul(a, b)
}

/**
 * The WASM backend uses XNNPACK only for plain two-dimensional products. Transposed and batched products are ten times slower.
 * XNNPACK also keeps a packed copy of a long-lived right-hand side, so the weight is on the left.
 */
const wasmMatMulTransposed = differentiable<Tensor2D, [Tensor2D, Tensor2D]>(
  (x, weight) => transpose(matMul<Tensor2D>(weight, transpose(x))), // [rows, outputs]
  (dy, x, weight) => [matMul(dy, weight), matMul(transpose(dy), x)],
)

const wasmBatchMatMul = differentiable<Tensor3D, [Tensor3D, Tensor3D]>(
  (a, b) => stack(Array.from({ length: a.shape[0] }, (_, i) => matMul(entry(a, i), entry(b, i)))) as Tensor3D,
  (dy, a, b) => [batchMatMul(dy, transpose(b, [0, 2, 1])), batchMatMul(transpose(a, [0, 2, 1]), dy)],
)
