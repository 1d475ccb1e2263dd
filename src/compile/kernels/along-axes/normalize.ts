/** Rules for normalisations. */
import type { LRNAttrs } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { broadcast, constant, output, scalar, type Rules } from '../parts/rule'

/** `bias + alpha · (sum of the squares of the channels within the radius)` */
function localNorm(graph: GraphBuilder, x: Operand, { depthRadius, alpha, bias }: LRNAttrs): Operand {
  const sums = sumNeighbours(graph, broadcast(graph, 'Mul', [x, x]), depthRadius)
  const scaled = broadcast(graph, 'Mul', [sums, scalar(graph, 'float32', alpha)])
  return broadcast(graph, 'Add', [scaled, scalar(graph, 'float32', bias)])
}

/** The sum of each channel with those within the radius: a product with a matrix of zeros and ones. */
function sumNeighbours(graph: GraphBuilder, x: Operand, radius: number): Operand {
  const channels = x.shape.at(-1)!
  const band = Float32Array.from({ length: channels ** 2 }, (_, i) => {
    return Math.abs(Math.floor(i / channels) - (i % channels)) <= radius ? 1 : 0
  })
  const matrix = constant(graph, 'float32', band, [channels, channels])
  return output(graph.node('MatMul', [x.value(), matrix.value()]), x.shape, 'float32')
}

function power(graph: GraphBuilder, x: Operand, exponent: number): Operand {
  return broadcast(graph, 'Pow', [x, scalar(graph, 'float32', exponent)])
}

export const normalizeRules: Rules = {
  FusedBatchNorm: (graph, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
    const epsilon = scalar(graph, 'float32', varianceEpsilon)
    const deviation = broadcast(graph, 'Sqrt', [broadcast(graph, 'Add', [variance!, epsilon])])
    const normal = broadcast(graph, 'Div', [broadcast(graph, 'Sub', [x!, mean!]), deviation])
    const scaled = scale ? broadcast(graph, 'Mul', [normal, scale]) : normal
    return offset ? broadcast(graph, 'Add', [scaled, offset]) : scaled
  },
  LRN: (graph, { x }, attributes) => {
    const factor = power(graph, localNorm(graph, x!, attributes), -attributes.beta)
    return broadcast(graph, 'Mul', [x!, factor])
  },
  LRNGrad: (graph, { x, y, dy }, attributes) => {
    const { alpha, beta, depthRadius } = attributes
    const norm = localNorm(graph, x!, attributes)
    const own = broadcast(graph, 'Mul', [dy!, power(graph, norm, -beta)])
    const ratio = broadcast(graph, 'Div', [broadcast(graph, 'Mul', [dy!, y!]), norm])
    const shared = broadcast(graph, 'Mul', [x!, sumNeighbours(graph, ratio, depthRadius)])
    const scaled = broadcast(graph, 'Mul', [shared, scalar(graph, 'float32', 2 * alpha * beta)])
    return broadcast(graph, 'Sub', [own, scaled])
  },
}
