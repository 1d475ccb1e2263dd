/** Rules for cumulative sums and products, and for searches in sorted rows. */
import type { GraphBuilder, Operand } from '../../graph'
import { axisOf, broadcast, cast, filled, output, reshape, type Rule, type Rules } from '../parts/rule'
import { concat, reverse, sliceAxis } from '../moves/shape'
import { countable } from '../elementwise/unary'

/**
 * Cumulative products. ONNX has no operator for them, so each element is multiplied by the elements 1, 2, 4, … places before it.
 */
function runningProduct(graph: GraphBuilder, x: Operand, axis: number, exclusive: boolean): Operand {
  const size = x.shape[axis]!
  let product = exclusive ? shifted(graph, x, axis, 1) : x
  for (let distance = 1; distance < size; distance *= 2) {
    product = broadcast(graph, 'Mul', [product, shifted(graph, product, axis, distance)])
  }
  return product
}

/** Moves the elements to the back of an axis, and fills the front with ones. */
function shifted(graph: GraphBuilder, x: Operand, axis: number, distance: number): Operand {
  const size = x.shape[axis]!
  const ones = filled(
    graph,
    x.dtype,
    1,
    x.shape.map((length, i) => (i === axis ? Math.min(distance, size) : length)),
  )
  return distance >= size ? ones : concat(graph, [ones, sliceAxis(graph, x, axis, 0, size - distance)], axis)
}

/** For each value, the number of elements of its sorted row before it: `[rows, n], [rows, m] → [rows, m]`. */
function position(op: 'Less' | 'LessOrEqual'): Rule {
  return (graph, { sortedSequence, values }) => {
    const [rows, sorted] = sortedSequence!.shape as [number, number]
    const row = reshape(graph, sortedSequence!, [rows, 1, sorted])
    const column = reshape(graph, values!, [...values!.shape, 1])
    const before = cast(graph, broadcast(graph, op, [row, column], 'bool'), 'int32') // [rows, m, n]
    return output(graph.node('ReduceSum', [before.value(), graph.ints([2])], { keepdims: 0 }), values!.shape, 'int32')
  }
}

export const scanRules: Rules = {
  Cumsum: (graph, inputs, { axis, exclusive, reverse }) => {
    const x = cast(graph, inputs.x!, countable(inputs.x!.dtype))
    const value = graph.node('CumSum', [x.value(), graph.constant('int64', [axisOf(axis, x.shape.length)], [])], {
      exclusive: exclusive ? 1 : 0,
      reverse: reverse ? 1 : 0,
    })
    return output(value, x.shape, x.dtype)
  },
  Cumprod: (graph, inputs, { axis, exclusive, reverse: backwards }) => {
    const x = cast(graph, inputs.x!, countable(inputs.x!.dtype))
    const at = axisOf(axis, x.shape.length)
    const turn = (y: Operand) => (backwards ? reverse(graph, y, [at]) : y)
    return turn(runningProduct(graph, turn(x), at, exclusive))
  },
  SearchSorted: (graph, inputs, attributes) =>
    position(attributes.side === 'left' ? 'Less' : 'LessOrEqual')(graph, inputs, attributes),
}
