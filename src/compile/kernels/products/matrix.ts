/** Rules for matrix products. */
import { backend_util, util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { activate } from '../elementwise/activation'
import { broadcast, cast, output, rangeOf, reshape, transpose, type Dtype, type Rules } from '../parts/rule'
import { countable } from '../elementwise/unary'

interface Transposes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** The last two axes swapped. */
function swapLast(graph: GraphBuilder, x: Operand): Operand {
  const rank = x.shape.length
  return transpose(graph, x, [...rangeOf(rank - 2), rank - 1, rank - 2])
}

/** `op(a) · op(b)` of two matrices. Gemm reads transposed matrices without a copy. */
export function gemm(
  graph: GraphBuilder,
  a: Operand,
  b: Operand,
  { transposeA, transposeB }: Transposes,
  bias?: Operand,
): Operand {
  const rows = transposeA ? a.shape[1]! : a.shape[0]!
  const columns = transposeB ? b.shape[0]! : b.shape[1]!
  const inputs = [a.value(), b.value(), ...(bias ? [bias.value()] : [])]
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }
  const result = output(graph.node('Gemm', inputs, flags), [rows, columns], 'float32')
  return bias ? result : { ...result, withBias: (vector) => gemm(graph, a, b, { transposeA, transposeB }, vector) }
}

/** Batched matrix products, with broadcast leading axes. */
function product(graph: GraphBuilder, a: Operand, b: Operand, transposes: Transposes): Operand {
  const { transposeA, transposeB } = transposes
  const isMatrix = (x: Operand) => x.shape.slice(0, -2).every((size) => size === 1)
  if (a.dtype !== 'float32' || !isMatrix(b) || (transposeA && !isMatrix(a))) return batched(graph, a, b, transposes)
  // The whole batch uses one matrix: all rows are multiplied at once, and a transposed weight needs no copy.
  const left = transposeA ? reshape(graph, a, a.shape.slice(-2)) : rowsOf(graph, a)
  const right = reshape(graph, b, b.shape.slice(-2))
  const result = gemm(graph, left, right, transposes) // [rows, columns]
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const rows = transposeA ? a.shape.at(-1)! : a.shape.at(-2)!
  return reshape(graph, result, [...batch, rows, transposeB ? b.shape.at(-2)! : b.shape.at(-1)!])
}

function batched(graph: GraphBuilder, a: Operand, b: Operand, { transposeA, transposeB }: Transposes): Operand {
  const type = countable(a.dtype)
  const left = cast(graph, transposeA ? swapLast(graph, a) : a, type)
  const right = cast(graph, transposeB ? swapLast(graph, b) : b, type)
  const batch = backend_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2))
  const shape = [...batch, left.shape.at(-2)!, right.shape.at(-1)!]
  return cast(graph, output(graph.node('MatMul', [left.value(), right.value()]), shape, type), a.dtype as Dtype)
}

/** Rows of the last axis: `[…, width] → [rows, width]`. */
function rowsOf(graph: GraphBuilder, x: Operand): Operand {
  return reshape(graph, x, [util.sizeFromShape(x.shape.slice(0, -1)), x.shape.at(-1)!])
}

export const matrixRules: Rules = {
  BatchMatMul: (graph, { a, b }, attributes) => product(graph, a!, b!, attributes),
  _FusedMatMul: (graph, { a, b, bias, preluActivationWeights }, attributes) => {
    const multiplied = product(graph, a!, b!, attributes)
    const sum = bias ? broadcast(graph, 'Add', [multiplied, bias]) : multiplied
    return activate(graph, sum, attributes, preluActivationWeights)
  },
  Einsum: (graph, inputs, { equation }) => {
    const operands = Object.values(inputs)
    const text = equation.replace(/\s/g, '')
    const sizes = new Map<string, number>()
    const [terms, result] = text.split('->') as [string, string]
    terms.split(',').forEach((term, i) => [...term].forEach((axis, j) => sizes.set(axis, operands[i]!.shape[j]!)))
    const values = operands.map((operand) => operand.value())
    const shape = [...result].map((axis) => sizes.get(axis)!)
    return output(graph.node('Einsum', values, { equation: text }), shape, operands[0]!.dtype)
  },
}
