/** The activation functions of tfjs's fused kernels. */
import type { NamedAttrMap } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { binaryRules } from './binary'
import { unaryRules } from './unary'

const kernels: Readonly<Record<string, string>> = {
  elu: 'Elu',
  leakyrelu: 'LeakyRelu',
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
}

/** The activation of a fused kernel; default `linear`. */
export function activate(
  graph: GraphBuilder,
  x: Operand,
  { activation, leakyreluAlpha }: NamedAttrMap,
  preluWeights: Operand | undefined,
): Operand {
  if (activation === 'prelu') return [binaryRules.Prelu!(graph, { x, alpha: preluWeights! }, {})].flat()[0]!
  const kernel = kernels[activation as string]
  if (kernel === undefined) return x
  return [unaryRules[kernel]!(graph, { x }, { alpha: leakyreluAlpha! })].flat()[0]!
}
