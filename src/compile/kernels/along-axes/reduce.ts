/** Rules for kernels that reduce axes. */
import type { ArgMaxAttrs } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { axesOf, axisOf, cast, castValue, output, reshape, type Dtype, type Rule, type Rules } from '../parts/rule'
import { countable } from '../elementwise/unary'

/** The attributes of a reduction. Max has a different name for its axes. */
interface Reduction {
  readonly axis?: number | number[]
  readonly reductionIndices?: number | number[]
  readonly keepDims: boolean
}

/** An ONNX reduction whose axes are an input. */
function reduction(op: string, typeOf: (dtype: Operand['dtype']) => Dtype): Rule<Reduction> {
  return (graph, inputs, { axis, reductionIndices, keepDims }) => {
    const x = cast(graph, inputs.x!, typeOf(inputs.x!.dtype))
    const axes = axesOf(axis ?? reductionIndices, x.shape)
    if (axes.length === 0) return x
    return output(
      graph.node(op, [x.value(), graph.ints(axes)], { keepdims: keepDims ? 1 : 0 }),
      reducedShape(x.shape, axes, keepDims),
      x.dtype,
    )
  }
}

const sum = reduction('ReduceSum', countable)
const sumOfSquaresOverAxes = reduction('ReduceSumSquare', countable)

/** A sum of squares as one operation. The squares are left out of the graph if nothing else needs them. */
const sumOfSquares: Rule<Reduction> = (graph, { x }, { axis, keepDims }) => {
  // Axis by axis: ONNX Runtime adds many squares to one running sum, which is inexact. It adds plain sums in pairs.
  const axes = axesOf(axis, x!.shape).sort((a, b) => a - b)
  const lastSummed = sumOfSquaresOverAxes(graph, { x: x! }, { axis: axes.slice(-1), keepDims: true }) as Operand
  const summed = sum(graph, { x: lastSummed }, { axis: axes.slice(0, -1), keepDims: true }) as Operand
  return keepDims ? summed : reshape(graph, summed, reducedShape(x!.shape, axes, false))
}

const own = (dtype: Operand['dtype']) => dtype as Dtype

function argument(op: 'ArgMax' | 'ArgMin'): Rule<ArgMaxAttrs> {
  return (graph, { x }, attributes) => {
    const [axis] = axesOf(attributes.axis, x!.shape)
    const found = graph.node(op, [cast(graph, x!, countable(x!.dtype)).value()], { axis: axis!, keepdims: 0 })
    return toInt32(graph, found, reducedShape(x!.shape, [axis!], false))
  }
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : shape.filter((_, i) => !axes.includes(i))
}

/** ONNX counts in int64, tfjs in int32. */
function toInt32(graph: GraphBuilder, value: string, shape: number[]): Operand {
  return output(castValue(graph, output(value, shape, 'int32'), 'int32'), shape, 'int32')
}

export const reduceRules: Rules = {
  Sum: (graph, inputs, attributes) => {
    const root = inputs.x!.squareOf
    return root && root.shape.length > 0 ? sumOfSquares(graph, { x: root }, attributes) : sum(graph, inputs, attributes)
  },
  Mean: reduction('ReduceMean', () => 'float32'),
  Max: reduction('ReduceMax', own),
  Min: reduction('ReduceMin', own),
  Prod: reduction('ReduceProd', countable),
  All: reduction('ReduceMin', own),
  Any: reduction('ReduceMax', own),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Softmax: (graph, { logits }, { dim }) =>
    output(
      graph.node('Softmax', [logits!.value()], { axis: axisOf(dim, logits!.shape.length) }),
      logits!.shape,
      'float32',
    ),
  TopK: (graph, inputs, { k, sorted }) => {
    const { dtype } = inputs.x!
    const x = cast(graph, inputs.x!, countable(dtype))
    const axis = x.shape.length - 1
    const shape = [...x.shape.slice(0, axis), k]
    const [values, indices] = graph.nodes('TopK', [x.value(), graph.ints([k])], 2, {
      axis,
      sorted: sorted === false ? 0 : 1,
    })
    return [cast(graph, output(values!, shape, x.dtype), dtype as Dtype), toInt32(graph, indices!, shape)]
  },
}
