/** Rules for elementwise functions of one tensor. */
import type { GraphBuilder, Operand } from '../../graph'
import {
  broadcast,
  cast,
  filled,
  scalar,
  where,
  within,
  rulesFrom,
  type Dtype,
  type Operands,
  type Rule,
  type Rules,
} from '../parts/rule'

/** Kernels with an equivalent ONNX operator for floats. */
const floating = {
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Reciprocal: 'Reciprocal',
  Round: 'Round',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
} as const

/** Kernels with an equivalent ONNX operator that supports integers too. */
const numeric = { Abs: 'Abs', Neg: 'Neg', Relu: 'Relu' } as const

/** Floating-point functions of several operations. */
const composed = {
  Expm1: (graph: GraphBuilder, x: Operand) =>
    broadcast(graph, 'Sub', [broadcast(graph, 'Exp', [x]), scalar(graph, x.dtype, 1)]),
  Log1p: (graph: GraphBuilder, x: Operand) =>
    broadcast(graph, 'Log', [broadcast(graph, 'Add', [x, scalar(graph, x.dtype, 1)])]),
  Relu6: (graph: GraphBuilder, x: Operand) => clip(graph, x, 0, 6),
  Rsqrt: (graph: GraphBuilder, x: Operand) => broadcast(graph, 'Reciprocal', [broadcast(graph, 'Sqrt', [x])]),
  Sign: (graph: GraphBuilder, x: Operand) =>
    where(graph, isNan(graph, x), scalar(graph, x.dtype, 0), broadcast(graph, 'Sign', [x])),
}

/** 1 for positive numbers, `alpha` for the others. */
function step(graph: GraphBuilder, x: Operand, alpha: number): Operand {
  const positive = broadcast(graph, 'Greater', [x, scalar(graph, x.dtype, 0)], 'bool')
  const flat = where(graph, positive, scalar(graph, x.dtype, 1), scalar(graph, x.dtype, alpha))
  return where(graph, isNan(graph, x), x, flat)
}

function clip(graph: GraphBuilder, x: Operand, low: number, high: number): Operand {
  return broadcast(graph, 'Clip', [x, scalar(graph, x.dtype, low), scalar(graph, x.dtype, high)])
}

const only = (inputs: Operands): Operand => Object.values(inputs)[0]!

/** Converts bools to integers, because ONNX computes only with numbers. */
export function countable(dtype: Operand['dtype']): Dtype {
  return dtype === 'bool' ? 'int32' : (dtype as Dtype)
}

/** A test for floats. It is false for all integers and bools. */
function test(compute: (graph: GraphBuilder, x: Operand) => Operand): Rule {
  return (graph, inputs) => {
    const x = only(inputs)
    return x.dtype === 'float32' ? compute(graph, x) : filled(graph, 'bool', 0, x.shape)
  }
}

const isNan = (graph: GraphBuilder, x: Operand) => broadcast(graph, 'IsNaN', [x], 'bool')
export const isInfinite = (graph: GraphBuilder, x: Operand) => broadcast(graph, 'IsInf', [x], 'bool')

export const unaryRules: Rules = {
  ...rulesFrom(floating, (op) => (graph, inputs) => {
    return within(graph, 'float32', only(inputs), (x) => broadcast(graph, op, [x]))
  }),
  ...rulesFrom(composed, (compose) => (graph, inputs) => {
    return within(graph, 'float32', only(inputs), (x) => compose(graph, x))
  }),
  Step: (graph, { x }, { alpha }) => within(graph, 'float32', x!, (x) => step(graph, x, alpha)),
  ...rulesFrom(numeric, (op) => (graph, inputs) => {
    const x = only(inputs)
    return within(graph, countable(x.dtype), x, (x) => broadcast(graph, op, [x]))
  }),
  Square: (graph, { x }) => ({
    ...within(graph, countable(x!.dtype), x!, (x) => broadcast(graph, 'Mul', [x, x])),
    ...(x!.dtype === 'float32' && { squareOf: x }),
  }),
  LeakyRelu: (graph, { x }, { alpha }) =>
    broadcast(graph, 'LeakyRelu', [cast(graph, x!, 'float32')], 'float32', { alpha: { float: alpha } }),
  ClipByValue: (graph, { x }, { clipValueMin: low, clipValueMax: high }) => {
    const type = Number.isInteger(low) && Number.isInteger(high) ? countable(x!.dtype) : 'float32'
    return within(graph, type, x!, (x) => clip(graph, x, low, high))
  },
  Cast: (graph, { x }, { dtype }) => cast(graph, x!, dtype as Dtype),
  Identity: (_, { x }) => x!,
  LogicalNot: (graph, { x }) => broadcast(graph, 'Not', [cast(graph, x!, 'bool')]),
  IsNan: test(isNan),
  IsInf: test(isInfinite),
  IsFinite: (graph, { x }) => {
    if (x!.dtype !== 'float32') return filled(graph, 'bool', 1, x!.shape)
    return broadcast(graph, 'Not', [broadcast(graph, 'Or', [isNan(graph, x!), isInfinite(graph, x!)])])
  },
  ZerosLike: (graph, { x }) => filled(graph, x!.dtype, 0, x!.shape),
  OnesLike: (graph, { x }) => filled(graph, x!.dtype, 1, x!.shape),
}
