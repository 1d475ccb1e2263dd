/** Rules for the fused operations of `ops/`: each is one operation of ONNX or of ONNX Runtime. */
import type { FusedKernel } from '../../../ops/fused'
import { linear } from './linear'
import { microsoft, output, scalarLike, type Rule } from './rule'

export const fusedRules: Readonly<Record<FusedKernel, Rule>> = {
  DreamLIPLinear: (graph, { x, weight, bias }) => linear(graph, x!, weight!, bias),
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
    const inputs = [q!, k!, v!, ...(mask ? [mask] : [])].map(({ value }) => value())
    const value = graph.node('Attention', inputs, { q_num_heads: heads as number, kv_num_heads: heads as number })
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
  // ONNX broadcasts the condition, which tfjs would expand to the tensor's shape.
  DreamLIPZeroUnless: (graph, { condition, x }) =>
    output(graph.node('Where', [condition!.value(), x!.value(), scalarLike(graph, x!, 0)]), x!.shape, 'float32'),
}
