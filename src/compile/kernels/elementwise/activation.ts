/** The activation functions of tfjs's fused kernels. */
import type { _FusedMatMulAttrs } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { binaryRules } from './binary'
import { unaryRules } from './unary'

/** The attributes of all fused kernels for the activation function. */
export type Activated = Pick<_FusedMatMulAttrs, 'activation' | 'leakyreluAlpha'>

const kernels = { elu: 'Elu', relu: 'Relu', relu6: 'Relu6', sigmoid: 'Sigmoid' } as const

/** The activation of a fused kernel; default `linear`. */
export function activate(
  graph: GraphBuilder,
  x: Operand,
  { activation, leakyreluAlpha }: Activated,
  preluWeights: Operand | undefined,
): Operand {
  const apply = () => {
    if (activation === 'prelu') return binaryRules.Prelu!(graph, { x, alpha: preluWeights! }, {})
    if (activation === 'leakyrelu') return unaryRules.LeakyRelu!(graph, { x }, { alpha: leakyreluAlpha! })
    return activation in kernels ? unaryRules[kernels[activation as keyof typeof kernels]]!(graph, { x }, {}) : x
  }
  return [apply()].flat()[0]!
}
