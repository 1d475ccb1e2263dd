/** Rules for matrix products. */
import { backend_util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../graph'
import { output, reshape, transpose, type Rules } from './rule'

/** The last two axes swapped. */
function swapLast(graph: GraphBuilder, x: Operand): Operand {
  const rank = x.shape.length
  return transpose(graph, x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
}

/** `op(a) · op(b)` of two matrices; Gemm takes transposed ones as they lie. */
export function gemm(
  graph: GraphBuilder,
  a: Operand,
  b: Operand,
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
  bias?: Operand,
): Operand {
  const rows = transposeA ? a.shape[1]! : a.shape[0]!
  const columns = transposeB ? b.shape[0]! : b.shape[1]!
  const inputs = [a.value(), b.value(), ...(bias ? [bias.value()] : [])]
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }
  return output(graph.node('Gemm', inputs, flags), [rows, columns], 'float32')
}

export const matrixRules: Rules = {
  BatchMatMul: (graph, { a, b }, attributes) => {
    const { transposeA, transposeB } = attributes as unknown as { transposeA: boolean; transposeB: boolean }
    if (a!.shape.length === 2 && b!.shape.length === 2 && a!.dtype === 'float32') {
      return gemm(graph, a!, b!, { transposeA, transposeB })
    }
    const left = transposeA ? swapLast(graph, a!) : a!
    const right = transposeB ? swapLast(graph, b!) : b!
    const batch = backend_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2))
    const shape = [...batch, left.shape.at(-2)!, right.shape.at(-1)!]
    return output(graph.node('MatMul', [left.value(), right.value()]), shape, a!.dtype)
  },
  Einsum: (graph, inputs, { equation }) => {
    const operands = Object.values(inputs)
    const text = (equation as string).replace(/\s/g, '')
    const sizes = new Map<string, number>()
    const [terms, result] = text.split('->') as [string, string]
    terms.split(',').forEach((term, i) => [...term].forEach((axis, j) => sizes.set(axis, operands[i]!.shape[j]!)))
    const value = graph.node(
      'Einsum',
      operands.map((operand) => operand.value()),
      { equation: text },
    )
    return output(
      value,
      [...result].map((axis) => sizes.get(axis)!),
      operands[0]!.dtype,
    )
  },
}

/** Rows of the last axis: `[…, width] → [rows, width]`. */
export function rowsOf(graph: GraphBuilder, x: Operand): Operand {
  const width = x.shape.at(-1)!
  return reshape(graph, x, [x.shape.slice(0, -1).reduce((product, size) => product * size, 1), width])
}
