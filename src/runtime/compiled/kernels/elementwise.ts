/** Rules for kernels that work element by element. */
import type { GraphBuilder, Operand } from '../graph'
import { broadcastShape, cast, output, scalarLike, type Operands, type Rule, type Rules } from './rule'

/** Kernels of one input whose ONNX operator does the same. */
const unary = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
  Relu: 'Relu',
} as const

/** Kernels of two inputs that are broadcast, whose result has their type. */
const binary = {
  Add: 'Add',
  AddV2: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
} as const

/** Kernels that compare two inputs. */
const comparisons = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
} as const

/** Floating-point functions of one input, of several operations. */
const composed: Record<
  string,
  (graph: GraphBuilder, x: Operand, attributes: Readonly<Record<string, unknown>>) => string
> = {
  Elu: (graph, x) => graph.node('Elu', [x.value()]),
  Expm1: (graph, x) => graph.node('Sub', [graph.node('Exp', [x.value()]), scalarLike(graph, x, 1)]),
  LeakyRelu: (graph, x, { alpha }) => graph.node('LeakyRelu', [x.value()], { alpha: { float: alpha as number } }),
  Log1p: (graph, x) => graph.node('Log', [graph.node('Add', [x.value(), scalarLike(graph, x, 1)])]),
  Relu6: (graph, x) => graph.node('Clip', [x.value(), scalarLike(graph, x, 0), scalarLike(graph, x, 6)]),
  Rsqrt: (graph, x) => graph.node('Reciprocal', [graph.node('Sqrt', [x.value()])]),
  Selu: (graph, x) => graph.node('Selu', [x.value()]),
  Square: (graph, x) => graph.node('Mul', [x.value(), x.value()]),
  Step: (graph, x, { alpha }) =>
    graph.node('Where', [
      graph.node('Greater', [x.value(), scalarLike(graph, x, 0)]),
      scalarLike(graph, x, 1),
      scalarLike(graph, x, alpha as number),
    ]),
}

const only = (inputs: Operands): Operand => Object.values(inputs)[0]!

const mapValues = <A>(record: Readonly<Record<string, A>>, rule: (value: A) => Rule): Rules =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, rule(value)]))

export const elementwiseRules: Rules = {
  ...mapValues(unary, (op) => (graph, inputs) => {
    const x = only(inputs)
    return output(graph.node(op, [x.value()]), x.shape, x.dtype)
  }),
  ...mapValues(composed, (compose) => (graph, inputs, attributes) => {
    const x = only(inputs)
    return output(compose(graph, x, attributes as Readonly<Record<string, unknown>>), x.shape, x.dtype)
  }),
  ...mapValues(binary, (op) => (graph, { a, b }) => {
    return output(graph.node(op, [a!.value(), b!.value()]), broadcastShape(a!, b!), a!.dtype)
  }),
  ...mapValues(comparisons, (op) => (graph, { a, b }) => {
    return output(graph.node(op, [a!.value(), b!.value()]), broadcastShape(a!, b!), 'bool')
  }),
  NotEqual: (graph, { a, b }) => {
    const equal = graph.node('Equal', [a!.value(), b!.value()])
    return output(graph.node('Not', [equal]), broadcastShape(a!, b!), 'bool')
  },
  LogicalNot: (graph, { x }) => output(graph.node('Not', [x!.value()]), x!.shape, 'bool'),
  RealDiv: (graph, { a, b }) => output(graph.node('Div', [a!.value(), b!.value()]), broadcastShape(a!, b!), a!.dtype),
  SquaredDifference: (graph, { a, b }) => {
    const difference = graph.node('Sub', [a!.value(), b!.value()])
    return output(graph.node('Mul', [difference, difference]), broadcastShape(a!, b!), a!.dtype)
  },
  AddN: (graph, inputs) => {
    const terms = Object.values(inputs)
    return output(
      graph.node(
        'Sum',
        terms.map(({ value }) => value()),
      ),
      terms[0]!.shape,
      terms[0]!.dtype,
    )
  },
  ClipByValue: (graph, { x }, { clipValueMin, clipValueMax }) => {
    const [low, high] = [clipValueMin, clipValueMax].map((bound) => scalarLike(graph, x!, bound as number))
    return output(graph.node('Clip', [x!.value(), low!, high!]), x!.shape, x!.dtype)
  },
  Cast: (graph, { x }, { dtype }) => cast(graph, x!, dtype as 'float32' | 'int32' | 'bool'),
  Identity: (_, { x }) => x!,
  IsNan: (graph, { x }) => output(graph.node('IsNaN', [x!.value()]), x!.shape, 'bool'),
  IsInf: (graph, { x }) => output(graph.node('IsInf', [x!.value()]), x!.shape, 'bool'),
  Select: (graph, { condition, t, e }) => {
    const value = graph.node('Where', [alignFront(graph, condition!, t!.shape.length), t!.value(), e!.value()])
    return output(value, t!.shape, t!.dtype)
  },
  Prelu: (graph, { x, alpha }) => output(graph.node('PRelu', [x!.value(), alpha!.value()]), x!.shape, x!.dtype),
}

/** tfjs aligns a condition of lower rank at the front, ONNX at the back. */
function alignFront(graph: GraphBuilder, condition: Operand, rank: number): string {
  const missing = rank - condition.shape.length
  if (missing === 0 || condition.shape.length === 0) return condition.value()
  return graph.node('Reshape', [condition.value(), graph.ints([...condition.shape, ...Array<number>(missing).fill(1)])])
}
