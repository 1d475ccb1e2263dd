/** Rules for the fused operations of `ops/`: each is one operation of ONNX or of ONNX Runtime. */
import type { FusedKernel } from '../../../ops/fused'
import { gemm } from './matrix'
import type { GraphBuilder, Operand } from '../graph'
import { output, reshape, scalarLike, type Rule } from './rule'

/** The domain of the operators that ONNX Runtime adds. */
const microsoft = 'com.microsoft'

export const fusedRules: Readonly<Record<FusedKernel, Rule>> = {
  DreamLIPLinear: (graph, { x, weight, bias }) =>
    gemm(graph, x!, weight!, { transposeA: false, transposeB: true }, bias),
  DreamLIPLayerNorm: (graph, { x, weight, bias }, { epsilon }) =>
    output(
      graph.node('LayerNormalization', [x!.value(), weight!.value(), bias!.value()], {
        axis: -1,
        epsilon: { float: epsilon as number },
      }),
      x!.shape,
      'float32',
    ),
  DreamLIPGelu: (graph, { x }) => output(graph.node('Gelu', [x!.value()]), x!.shape, 'float32'),
  DreamLIPQuickGelu: (graph, { x }) =>
    output(graph.node('QuickGelu', [x!.value()], { alpha: { float: 1.702 } }, microsoft), x!.shape, 'float32'),
  DreamLIPAttention: (graph, { q, k, v, mask }, { heads }) => {
    const inputs = [q!.value(), k!.value(), v!.value(), ...(mask ? ['', '', fourAxes(graph, mask).value()] : [])]
    const value = graph.node('MultiHeadAttention', inputs, { num_heads: heads as number }, microsoft)
    return output(value, q!.shape, 'float32')
  },
  // ONNX knows no order but that of data: nothing is added, and it takes y to know that.
  DreamLIPAfter: (graph, { x, y }) => {
    const nothing = graph.node('Mul', [
      graph.node('ReduceSum', [y!.value()], { keepdims: 0 }),
      scalarLike(graph, y!, 0),
    ])
    return output(graph.node('Add', [x!.value(), nothing]), x!.shape, x!.dtype)
  },
}

/** `[batch, heads, queries, keys]`, each of them 1 where the mask is the same for all. */
function fourAxes(graph: GraphBuilder, mask: Operand): Operand {
  const missing = 4 - mask.shape.length
  return missing === 0 ? mask : reshape(graph, mask, [...Array<number>(missing).fill(1), ...mask.shape])
}
