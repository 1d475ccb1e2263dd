/** Rules for the fused operations of `ops/` with standard ONNX operators, for graphs that other programs run. */
import type { GraphBuilder, Operand } from '../../graph'
import { fusedRules, type FusedRules } from './fused'
import { blockProduct } from '../products/linear'
import { gemm } from '../products/matrix'
import { output, scalarLike } from '../parts/rule'

const { DreamLIPLayerNorm, DreamLIPGelu, DreamLIPTanhGelu } = fusedRules

/** Orders of the axes `[batch, tokens, heads, headWidth]`: a matrix for each head, or its transpose. */
const byRow = [0, 2, 1, 3]
const byColumn = [0, 2, 3, 1]

/** An operation without a rule here is recorded from its eager definition. */
export const standardRules: Partial<FusedRules> = {
  DreamLIPLinear: (graph, { x, weight, bias }) => {
    const { quantized, blocks } = weight!.weight ?? {}
    if (quantized) return integerProduct(graph, x!, weight!, bias)
    // ONNX has no product with 4-bit integers. ONNX Runtime has one.
    if (blocks) return blockProduct(graph, x!, weight!, bias)
    return gemm(graph, x!, weight!, { transposeA: false, transposeB: true }, bias)
  },
  DreamLIPLayerNorm,
  DreamLIPGelu,
  DreamLIPTanhGelu,
  DreamLIPAttention: (graph, { q, k, v, mask }, { heads }) => {
    const width = q!.shape.at(-1)!
    const headWidth = width / heads
    const split = (x: string, order: readonly number[]) => {
      // 0 keeps the size of an axis, so batch and tokens may have any size.
      const apart = graph.node('Reshape', [x, graph.ints([0, 0, heads, headWidth])])
      return graph.node('Transpose', [apart], { perm: order }) // [batch, heads, rows, columns]
    }
    const scaled = graph.node('Mul', [q!.value(), scalarLike(graph, q!, headWidth ** -0.5)])
    const products = graph.node('MatMul', [split(scaled, byRow), split(k!.value(), byColumn)])
    const scores = mask ? graph.node('Add', [products, mask.value()]) : products // [batch, heads, queries, keys]
    const weights = graph.node('Softmax', [scores], { axis: -1 })
    const mixed = graph.node('MatMul', [weights, split(v!.value(), byRow)]) // [batch, heads, queries, headWidth]
    const rows = graph.node('Transpose', [mixed], { perm: byRow }) // [batch, queries, heads, headWidth]
    return output(graph.node('Reshape', [rows, graph.ints([0, 0, width])]), q!.shape, 'float32')
  },
}

/**
 * `[rows, inputs] × [outputs, inputs] + [outputs] → [rows, outputs]` in 8-bit integers. `x` is rounded by the range of all its
 * values. ONNX Runtime fuses these operations to one.
 */
function integerProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const { values, scales, zero } = weight.weight!.quantized!() // [inputs, outputs], [outputs], []
  const [integers, step, xZero] = graph.nodes('DynamicQuantizeLinear', [x.value()], 3) // [rows, inputs], [], []
  const sums = graph.node('MatMulInteger', [integers!, values, xZero!, zero]) // [rows, outputs]
  const steps = graph.node('Mul', [step!, scales]) // [outputs]
  const product = graph.node('Mul', [graph.node('Cast', [sums], { to: { type: 'float32' } }), steps]) // [rows, outputs]
  const value = bias ? graph.node('Add', [product, bias.value()]) : product
  return output(value, [x.shape[0]!, weight.shape[0]!], 'float32')
}
