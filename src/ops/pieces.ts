/** Cuts pieces from tensors without copying the whole, which the `slice`, `split` and `unstack` of the WASM backend do each time. */
import {
  customGrad,
  gatherND,
  getBackend,
  reshape,
  slice,
  split,
  stack,
  tensor1d,
  transpose,
  zerosLike,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'

/** One entry of a batch: `[batch, n, m] → [n, m]`. */
export function entry(x: Tensor3D, index: number): Tensor2D {
  const [batch, n, m] = x.shape
  if (getBackend() !== 'wasm') return reshape(slice(x, [index, 0, 0], [1, n, m]), [n, m]) // [n, m]
  return customGrad<Tensor2D>((whole) => ({
    value: gatherND(whole as Tensor3D, tensor1d([index], 'int32')) as Tensor2D, // [n, m]
    gradFunc: (dy) => stack(Array.from({ length: batch }, (_, i) => (i === index ? dy : zerosLike(dy)))), // [batch, n, m]
  }))(x)
}

/** One of several equal parts of the first axis: `[parts · n, …] → [n, …]`. */
export function equalPart<T extends Tensor>(x: T, index: number, parts: number): T {
  const [total, ...rest] = x.shape as [number, ...number[]]
  const n = total / parts
  if (getBackend() !== 'wasm') return slice(x, [index * n, ...rest.map(() => 0)], [n, ...rest])
  const apart = reshape(x, [parts, 1, x.size / parts]) as Tensor3D // [parts, 1, n · …]
  return reshape(entry(apart, index), [n, ...rest]) as T // [n, …]
}

/** Cuts the last axis into equal parts: `[batch, tokens, parts · width] → parts × [batch, tokens, width]`. */
export function splitLast(x: Tensor3D, parts: number): Tensor3D[] {
  if (getBackend() !== 'wasm') return split(x, parts, 2)
  const [batch, tokens, total] = x.shape
  const width = total / parts
  const rows = reshape(x, [batch * tokens, parts, width]) // [batch · tokens, parts, width]
  const apart = transpose(rows, [1, 0, 2]) as Tensor3D // [parts, batch · tokens, width]
  return Array.from({ length: parts }, (_, i) => reshape(entry(apart, i), [batch, tokens, width]))
}

/** Cuts the first axis into blocks of `size` neighbouring entries. The last block may have fewer. */
export function splitRows<T extends Tensor>(x: T, size: number): T[] {
  const rows = x.shape[0]
  if (rows <= size) return [x]
  const sizes = Array.from({ length: Math.ceil(rows / size) }, (_, i) => Math.min(size, rows - i * size))
  return split(x, sizes, 0)
}
