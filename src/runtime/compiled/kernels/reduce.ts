/** Rules for kernels that reduce or scan axes. */
import type { GraphBuilder, Operand } from '../graph'
import { axesOf, axisOf, cast, output, type Rule, type Rules } from './rule'

/** An ONNX reduction over axes given as an input. */
function reduction(op: string): Rule {
  return (graph, { x }, { axis, reductionIndices, keepDims }) => {
    const axes = axesOf(axis ?? reductionIndices, x!.shape) // Max has a name of its own for its axes.
    if (axes.length === 0) return x!
    return output(
      graph.node(op, [x!.value(), graph.ints(axes)], { keepdims: keepDims ? 1 : 0 }),
      reducedShape(x!.shape, axes, Boolean(keepDims)),
      x!.dtype,
    )
  }
}

/** A reduction of bools, which ONNX has for numbers only. */
function logical(op: 'ReduceMin' | 'ReduceMax'): Rule {
  return (graph, { x }, attributes) =>
    cast(graph, [reduction(op)(graph, { x: cast(graph, x!, 'int32') }, attributes)].flat()[0]!, 'bool')
}

function argument(op: 'ArgMax' | 'ArgMin'): Rule {
  return (graph, { x }, attributes) => {
    const [axis] = axesOf(attributes.axis, x!.shape)
    const found = graph.node(op, [x!.value()], { axis: axis!, keepdims: 0 })
    return output(toInt32(graph, found), reducedShape(x!.shape, [axis!], false), 'int32')
  }
}

function scan(graph: GraphBuilder, x: Operand, attributes: Readonly<Record<string, unknown>>): Operand {
  const { axis, exclusive, reverse } = attributes
  const value = graph.node('CumSum', [x.value(), graph.constant('int64', [axisOf(axis, x.shape.length)], [])], {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  })
  return output(value, x.shape, x.dtype)
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : shape.filter((_, i) => !axes.includes(i))
}

/** ONNX counts in int64, tfjs in int32. */
function toInt32(graph: GraphBuilder, value: string): string {
  return graph.node('Cast', [value], { to: { type: 'int32' } })
}

export const reduceRules: Rules = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: (graph, { x }, attributes) => scan(graph, x!, attributes),
  Softmax: (graph, { logits }, { dim }) =>
    output(
      graph.node('Softmax', [logits!.value()], { axis: axisOf(dim, logits!.shape.length) }),
      logits!.shape,
      'float32',
    ),
  LogSoftmax: (graph, { logits }, { axis }) =>
    output(
      graph.node('LogSoftmax', [logits!.value()], { axis: axisOf(axis, logits!.shape.length) }),
      logits!.shape,
      'float32',
    ),
  TopK: (graph, { x }, { k, sorted }) => {
    const axis = x!.shape.length - 1
    const [values, indices] = graph.nodes('TopK', [x!.value(), graph.ints([k as number])], 2, {
      axis,
      sorted: sorted === false ? 0 : 1,
    })
    const shape = [...x!.shape.slice(0, axis), k as number]
    return [output(values!, shape, x!.dtype), output(toInt32(graph, indices!), shape, 'int32')]
  },
}
