/** How one tfjs kernel becomes ONNX operations. */
import { backend_util, util, type DataType, type NamedAttrMap } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../graph'

/** Inputs by tfjs's names for them; lists of tensors have the names 0, 1, 2, … */
export type Operands = Readonly<Record<string, Operand>>

/** Adds a kernel's operations to the graph, and says what came out. */
export type Rule = (graph: GraphBuilder, inputs: Operands, attributes: NamedAttrMap) => Operand | Operand[]

/** Rules by the names of tfjs's kernels. */
export type Rules = Readonly<Record<string, Rule>>

/** The domain of the operators that ONNX Runtime adds. */
export const microsoft = 'com.microsoft'

/** What a rule returns: a value of the graph, with its shape and type. */
export function output(value: string, shape: number[], dtype: DataType): Operand {
  return { value: () => value, shape, dtype }
}

/** The shape that two tensors have once they are broadcast together. */
export function broadcastShape(a: Operand, b: Operand): number[] {
  return backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
}

/** An axis counted from the front. */
export function axisOf(attribute: unknown, rank: number): number {
  const axis = attribute as number
  return axis < 0 ? axis + rank : axis
}

/** Axes counted from the front; all of them where none is given. */
export function axesOf(attribute: unknown, shape: number[]): number[] {
  return util.parseAxisParam(attribute as number | number[], shape)
}

/** ONNX's Reshape. */
export function reshape(graph: GraphBuilder, x: Operand, shape: number[]): Operand {
  return output(graph.node('Reshape', [x.value(), graph.ints(shape)]), shape, x.dtype)
}

/** ONNX's Transpose. */
export function transpose(graph: GraphBuilder, x: Operand, order: number[]): Operand {
  const shape = order.map((axis) => x.shape[axis]!)
  return output(graph.node('Transpose', [x.value()], { perm: order }), shape, x.dtype)
}

/** ONNX's Cast between tfjs's types. */
export function cast(graph: GraphBuilder, x: Operand, dtype: 'float32' | 'int32' | 'bool'): Operand {
  if (x.dtype === dtype) return x
  return output(graph.node('Cast', [x.value()], { to: { type: dtype } }), x.shape, dtype)
}

/** A scalar of the operand's type. */
export function scalarLike(graph: GraphBuilder, x: Operand, value: number): string {
  return graph.constant(x.dtype as 'float32' | 'int32' | 'bool', [value], [])
}
