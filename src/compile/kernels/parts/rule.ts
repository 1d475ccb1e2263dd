/** Rules that translate tfjs kernels to ONNX operations. */
import { backend_util, util, type DataType } from '@tensorflow/tfjs-core'
import type { ElementType, GraphBuilder, GraphNode, Operand } from '../../graph'
import type { AttributesOf, KernelName } from './kernel-attributes'

/** Inputs by tfjs's names. Lists of tensors have the names 0, 1, 2, … */
export type Operands = Readonly<Record<string, Operand>>

/** Adds the operations of a kernel to the graph, and returns the result. */
export type Rule<Attributes = object> = (
  graph: GraphBuilder,
  inputs: Operands,
  attributes: Attributes,
) => Operand | Operand[]

/** Rules by the names of tfjs's kernels. Each gets the attributes that tfjs declares for its kernel. */
export type Rules = { readonly [Name in KernelName]?: Rule<AttributesOf<Name>> }

/** A rule for each entry of a table, made from its value. */
export function rulesFrom<Name extends string, A>(
  table: Readonly<Record<Name, A>>,
  rule: (value: A) => Rule,
): Readonly<Record<Name, Rule>> {
  const entries = Object.entries<A>(table).map(([name, value]) => [name, rule(value)] as const)
  return Object.fromEntries(entries) as Record<Name, Rule>
}

/** The domain of the operators that ONNX Runtime adds. */
export const microsoft = 'com.microsoft'

/** The types of tfjs that graphs support. */
export type Dtype = 'float32' | 'int32' | 'bool'

/** The result of a rule: a value of the graph, with its shape and type. */
export function output(value: string, shape: number[], dtype: DataType): Operand {
  return { value: () => value, shape, dtype }
}

/** An operation that broadcasts its inputs. By default, the result has the type of the first. */
export function broadcast(
  graph: GraphBuilder,
  op: string,
  inputs: readonly Operand[],
  dtype: DataType = inputs[0]!.dtype,
  attributes?: GraphNode['attributes'],
): Operand {
  const shape = inputs.map((input) => input.shape).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b))
  const values = inputs.map(({ value }) => value())
  return output(graph.node(op, values, attributes), shape, dtype)
}

/** `condition ? a : b`. ONNX Runtime does not support bools here, so integers are used instead. */
export function where(graph: GraphBuilder, condition: Operand, a: Operand, b: Operand): Operand {
  const type = a.dtype === 'bool' ? 'int32' : (a.dtype as Dtype)
  const [yes, no] = [cast(graph, a, type), cast(graph, b, type)]
  return cast(graph, broadcast(graph, 'Where', [condition, yes, no], type), a.dtype as Dtype)
}

/** Applies `compute` to the operand in another type, and converts the result back. tfjs's bool arrays truncate fractions too. */
export function within(graph: GraphBuilder, type: Dtype, x: Operand, compute: (x: Operand) => Operand): Operand {
  const result = compute(cast(graph, x, type))
  return cast(graph, x.dtype === 'bool' ? cast(graph, result, 'int32') : result, x.dtype as Dtype)
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** Axes counted from the front; default all. */
export function axesOf(axes: number | number[] | undefined, shape: number[]): number[] {
  return util.parseAxisParam(axes!, shape) // undefined is allowed, contrary to its type
}

/** The numbers 0 to `count - 1`. */
export function rangeOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** ONNX's Reshape. */
export function reshape(graph: GraphBuilder, x: Operand, shape: number[]): Operand {
  if (util.arraysEqual(x.shape, shape)) return x
  // In ONNX, 0 means the old size of the axis, unless allowzero is set.
  const attributes: GraphNode['attributes'] = shape.includes(0) ? { allowzero: 1 } : {}
  return output(graph.node('Reshape', [x.value(), graph.ints(shape)], attributes), shape, x.dtype)
}

/** ONNX's Transpose. */
export function transpose(graph: GraphBuilder, x: Operand, order: number[]): Operand {
  if (order.every((axis, i) => axis === i)) return x
  const shape = order.map((axis) => x.shape[axis]!)
  return output(graph.node('Transpose', [x.value()], { perm: order }), shape, x.dtype)
}

/** ONNX's Expand: a tensor repeated along axes of size 1. */
export function expand(graph: GraphBuilder, x: Operand, shape: number[]): Operand {
  return output(graph.node('Expand', [x.value(), graph.ints(shape)]), shape, x.dtype)
}

/** A tensor as another of tfjs's types. */
export function cast(graph: GraphBuilder, x: Operand, dtype: Dtype): Operand {
  if (x.dtype === dtype) return x
  const numbers = x.dtype === 'float32' && dtype === 'int32' ? representable(graph, x) : x
  return output(castValue(graph, numbers, dtype), x.shape, dtype)
}

/** Replaces floats outside the range of int32 by zero, as in JavaScript. ONNX does not define their conversion. */
function representable(graph: GraphBuilder, x: Operand): Operand {
  const bound = scalar(graph, 'float32', 2 ** 31)
  const fits = broadcast(graph, 'Less', [broadcast(graph, 'Abs', [x]), bound], 'bool')
  return where(graph, fits, x, scalar(graph, 'float32', 0))
}

/** Converts the value of an operand to any type of graphs. */
export function castValue(graph: GraphBuilder, x: Operand, type: ElementType): string {
  return graph.node('Cast', [x.value()], { to: { type } })
}

/** A scalar. */
export function scalar(graph: GraphBuilder, dtype: DataType, value: number): Operand {
  return output(graph.constant(dtype as Dtype, [value], []), [], dtype)
}

/** A tensor of known values, row-major. */
export function constant(graph: GraphBuilder, dtype: Dtype, values: ArrayLike<number>, shape: number[]): Operand {
  return output(graph.constant(dtype, values, shape), shape, dtype)
}

/** A tensor filled with one value. */
export function filled(graph: GraphBuilder, dtype: DataType, value: number, shape: number[]): Operand {
  return expand(graph, scalar(graph, dtype, value), shape)
}

/** A scalar of the operand's type. */
export function scalarLike(graph: GraphBuilder, x: Operand, value: number): string {
  return scalar(graph, x.dtype, value).value()
}
