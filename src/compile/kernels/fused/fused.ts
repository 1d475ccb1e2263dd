/** Rules for the fused operations of `ops/`. Each is one operation of ONNX or of ONNX Runtime. */
import type { FusedAttributes, FusedKernel } from '../../../ops/fused'
import type { GraphBuilder, Operand } from '../../graph'
import { hostNode } from '../../host/host-nodes'
import { sumById } from '../moves/gather'
import { inBlocks } from './in-blocks'
import { linear } from '../products/linear'
import { gemm } from '../products/matrix'
import { broadcast, constant, microsoft, output, reshape, scalar, scalarLike, type Rule } from '../parts/rule'

/** Rules for operations of `ops/`. Each gets the attributes that `ops/` declares. */
export type FusedRules = { readonly [Kernel in FusedKernel]: Rule<FusedAttributes[Kernel]> }

export const fusedRules: FusedRules = {
  DreamLIPLinear: (graph, { x, weight, bias }) => linear(graph, x!, weight!, bias),
  DreamLIPLayerNorm: (graph, { x, weight, bias }, { epsilon }) => {
    const inputs = [x, weight, bias].map((operand) => operand!.value())
    const attributes = { axis: -1, epsilon: { float: epsilon } }
    const [y, mean, scale] = graph.nodes('LayerNormalization', inputs, 3, attributes) as [string, string, string]
    const column = [...x!.shape.slice(0, -1), 1]
    return [output(y, x!.shape, 'float32'), output(mean, column, 'float32'), output(scale, column, 'float32')]
  },
  DreamLIPGelu: (graph, { x }) => output(graph.node('Gelu', [x!.value()]), x!.shape, 'float32'),
  DreamLIPGeluGradient: (graph, { dy, x }) => inBlocks(graph, [dy!, x!], geluGradient),
  DreamLIPQuickGelu: (graph, { x }) =>
    output(graph.node('QuickGelu', [x!.value()], { alpha: { float: 1.702 } }, microsoft), x!.shape, 'float32'),
  DreamLIPTanhGelu: (graph, { x }) =>
    output(graph.node('Gelu', [x!.value()], { approximate: 'tanh' }), x!.shape, 'float32'),
  DreamLIPAttention: (graph, { q, k, v, mask }, { heads }) => {
    const inputs = [q!, k!, v!, ...(mask ? [mask] : [])].map(({ value }) => value())
    const value = graph.node('Attention', inputs, { q_num_heads: heads, kv_num_heads: heads })
    return output(value, q!.shape, 'float32')
  },
  // In ONNX, only data dependencies define an order. `x < x` is false for every x, including NaN and infinity, so this is always 0.
  DreamLIPZeroAfter: (graph, earlier) => {
    const firsts = Object.values(earlier).map((y) => firstElement(graph, y))
    const known = firsts.length === 1 ? firsts[0]! : graph.node('Sum', firsts)
    const never = graph.node('Less', [known, known])
    return output(graph.node('Cast', [never], { to: { type: 'float32' } }), [], 'float32')
  },
  // ONNX broadcasts the condition. tfjs would expand it to the shape of the tensor.
  DreamLIPZeroUnless: (graph, { condition, x }) =>
    output(graph.node('Where', [condition!.value(), x!.value(), scalarLike(graph, x!, 0)]), x!.shape, 'float32'),
  // A product with a row of ones is twice as fast as ONNX Runtime's sum over rows.
  DreamLIPSumRows: (graph, { x }) => {
    const [rows, width] = x!.shape as [number, number]
    const ones = constant(graph, 'float32', new Float32Array(rows).fill(1), [1, rows])
    return reshape(graph, gemm(graph, ones, x!, { transposeA: false, transposeB: false }), [width])
  },
  DreamLIPEmbeddingGradient: (graph, { ids, rows }, { entries }) => sumById(graph, ids!, rows!, entries),
  DreamLIPAdamW: (graph, inputs) => hostNode(graph, 'AdamW', inputs),
  DreamLIPMovingAverage: (graph, { average, value }, { decay }) => {
    const [keep, take] = [decay, 1 - decay].map((factor) => scalar(graph, 'float32', factor))
    return hostNode(graph, 'MovingAverage', { average, value, keep, take })[0]!
  },
}

/** The formula of `ops/gelu.ts`. */
function geluGradient(graph: GraphBuilder, [dy, x]: Operand[]): Operand {
  const number = (value: number) => scalar(graph, 'float32', value)
  const apply = (op: string, ...inputs: Operand[]) => broadcast(graph, op, inputs)
  const t = apply('Mul', x!, number(Math.SQRT1_2))
  const density = apply(
    'Mul',
    t,
    apply('Exp', apply('Sub', number(Math.log(2 / Math.sqrt(Math.PI))), apply('Mul', t, t))),
  )
  return apply('Mul', apply('Mul', dy!, number(0.5)), apply('Add', apply('Add', apply('Erf', t), density), number(1)))
}

/** For floats: `[…] → []` */
function firstElement(graph: GraphBuilder, x: Operand): string {
  if (x.shape.length === 0) return x.value()
  const flat = graph.node('Reshape', [x.value(), graph.ints([-1])]) // [n]
  return graph.node('Gather', [flat, graph.constant('int64', [0], [])]) // []
}
