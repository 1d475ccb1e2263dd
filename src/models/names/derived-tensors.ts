/** Tensors that are computed from others of a file when they are read. */
import { toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointDtype, CheckpointTensor } from '../../checkpoint/tensor'

/** Tensors one after the other along the first axis, such as query, key and value in PyTorch's MultiheadAttention. */
export function stacked(name: string, pieces: readonly CheckpointTensor[]): CheckpointTensor {
  const [, ...rest] = pieces[0]!.shape
  const rows = pieces.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return {
    name,
    shape: [rows, ...rest],
    dtype: commonType(pieces),
    offset: pieces[0]!.offset,
    async read(signal) {
      const values: Float32Array[] = []
      for (const piece of pieces) values.push(toFloat32(await piece.read(signal)))
      const result = new Float32Array(values.reduce((sum, { length }) => sum + length, 0))
      values.reduce((at, part) => (result.set(part, at), at + part.length), 0)
      return result
    },
  }
}

/** `[rows, columns] → [columns, rows]` */
export function transposed(name: string, tensor: CheckpointTensor): CheckpointTensor {
  const [rows, columns] = tensor.shape as [number, number]
  return {
    name,
    shape: [columns, rows],
    dtype: commonType([tensor]),
    offset: tensor.offset,
    async read(signal) {
      return transpose(toFloat32(await tensor.read(signal)), rows, columns)
    },
  }
}

/** The same values in another shape. */
export function reshaped(name: string, tensor: CheckpointTensor, shape: readonly number[]): CheckpointTensor {
  return { ...tensor, name, shape: [...shape] }
}

/** `[rows, columns] → [columns, rows]` */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns) // [columns, rows]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!
  }
  return result
}

/** The type of values that are read as float32: half precision is the same number in float32. */
function commonType(pieces: readonly CheckpointTensor[]): CheckpointDtype {
  const [first, ...others] = pieces.map(({ dtype }) => dtype)
  const isHalf = first === 'float16' || first === 'bfloat16'
  return isHalf && others.every((dtype) => dtype === first) ? first : 'float32'
}
