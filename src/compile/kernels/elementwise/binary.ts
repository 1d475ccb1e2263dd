/** Rules for elementwise functions of two or more tensors. */
import type { GraphBuilder, Operand } from '../../graph'
import {
  broadcast,
  cast,
  castValue,
  output,
  reshape,
  scalar,
  where,
  within,
  rulesFrom,
  type Dtype,
  type Rules,
} from '../parts/rule'
import { countable, isInfinite } from './unary'

const arithmetic = {
  Sub: 'Sub',
  Multiply: 'Mul',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  RealDiv: 'Div',
} as const

const comparisons = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
} as const

const logical = { LogicalAnd: 'And', LogicalOr: 'Or' } as const

/** Computes with two operands in the type of the first one, and returns that type. */
function inNumbers(graph: GraphBuilder, op: string, a: Operand, b: Operand): Operand {
  const type = countable(a.dtype)
  return within(graph, type, a, (left) => broadcast(graph, op, [left, cast(graph, b, type)]))
}

/** JavaScript's arithmetic on two operands: in float64, which can represent every int32. NaN and infinity become the integer 0. */
function inDoubles(
  graph: GraphBuilder,
  a: Operand,
  b: Operand,
  dtype: Dtype,
  compute: (a: Operand, b: Operand) => Operand,
): Operand {
  const wide = (x: Operand) => output(castValue(graph, x, 'float64'), x.shape, x.dtype)
  const computed = compute(wide(a), wide(b))
  // Rounded to float32 only to find values that are not finite. Integers are exact only in float64.
  const rounded = output(castValue(graph, computed, 'float32'), computed.shape, 'float32')
  if (dtype === 'float32') return rounded
  const finite = broadcast(
    graph,
    'Less',
    [broadcast(graph, 'Abs', [rounded]), scalar(graph, 'float32', Infinity)],
    'bool',
  )
  const whole = output(castValue(graph, computed, 'int32'), computed.shape, 'int32')
  return cast(graph, where(graph, finite, whole, scalar(graph, 'int32', 0)), dtype)
}

/** The remainder with the sign of the divisor. */
function remainder(graph: GraphBuilder, a: Operand, b: Operand): Operand {
  const zero = output(graph.constant('float64', [0], []), [], a.dtype)
  const mod = (x: Operand) => broadcast(graph, 'Mod', [x, b], a.dtype, { fmod: 1 })
  const negative = (x: Operand) => broadcast(graph, 'Less', [x, zero], 'bool')
  const rest = mod(a)
  const sameSign = broadcast(graph, 'Equal', [negative(a), negative(b)], 'bool')
  return broadcast(graph, 'Where', [sameSign, rest, mod(broadcast(graph, 'Add', [rest, b]))], a.dtype)
}

/** The angle of the point `(x, y)`, from the arc tangent of the ratio. */
function angle(graph: GraphBuilder, y: Operand, x: Operand): Operand {
  const number = (value: number) => scalar(graph, 'float32', value)
  // The ratio of two infinities is that of their signs. The ratio of two zeros is the first of them.
  const bothInfinite = broadcast(graph, 'And', [isInfinite(graph, y), isInfinite(graph, x)], 'bool')
  const sides = [y, x].map((side) => where(graph, bothInfinite, broadcast(graph, 'Sign', [side]), side))
  const yIsZero = broadcast(graph, 'Equal', [y, number(0)], 'bool')
  const acute = broadcast(graph, 'Atan', [broadcast(graph, 'Div', sides)])
  const ratio = where(graph, yIsZero, broadcast(graph, 'Mul', [y, broadcast(graph, 'Sign', [x])]), acute)
  const below = broadcast(graph, 'Less', [y, number(0)], 'bool')
  const halfTurn = where(graph, below, number(-Math.PI), number(Math.PI))
  const behind = broadcast(graph, 'Less', [x, number(0)], 'bool')
  return where(graph, behind, broadcast(graph, 'Add', [ratio, halfTurn]), ratio)
}

/** The sum of a product and a vector is one operation. The product itself is left out of the graph if nothing else needs it. */
function add(graph: GraphBuilder, a: Operand, b: Operand): Operand {
  const isBias = (vector: Operand, matrix: Operand) =>
    vector.shape.length === 1 && vector.shape[0] === matrix.shape[1] && vector.dtype === 'float32'
  if (a.withBias && isBias(b, a)) return a.withBias(b)
  if (b.withBias && isBias(a, b)) return b.withBias(a)
  return inNumbers(graph, 'Add', a, b)
}

export const binaryRules: Rules = {
  Add: (graph, { a, b }) => add(graph, a!, b!),
  ...rulesFrom(
    arithmetic,
    (op) =>
      (graph, { a, b }) =>
        inNumbers(graph, op, a!, b!),
  ),
  ...rulesFrom(comparisons, (op) => (graph, { a, b }) => {
    const type = countable(a!.dtype)
    return broadcast(graph, op, [cast(graph, a!, type), cast(graph, b!, type)], 'bool')
  }),
  ...rulesFrom(
    logical,
    (op) =>
      (graph, { a, b }) =>
        broadcast(graph, op, [cast(graph, a!, 'bool'), cast(graph, b!, 'bool')]),
  ),
  NotEqual: (graph, { a, b }) => broadcast(graph, 'Not', [broadcast(graph, 'Equal', [a!, b!], 'bool')]),
  SquaredDifference: (graph, { a, b }) => {
    const type = countable(a!.dtype)
    return within(graph, type, a!, (left) => {
      const difference = broadcast(graph, 'Sub', [left, cast(graph, b!, type)])
      return broadcast(graph, 'Mul', [difference, difference])
    })
  },
  FloorDiv: (graph, { a, b }) =>
    inDoubles(graph, a!, b!, 'int32', (a, b) => broadcast(graph, 'Floor', [broadcast(graph, 'Div', [a, b])])),
  Mod: (graph, { a, b }) => inDoubles(graph, a!, b!, a!.dtype as Dtype, (a, b) => remainder(graph, a, b)),
  Atan2: (graph, { a, b }) => angle(graph, a!, b!),
  BitwiseAnd: (graph, { a, b }) => broadcast(graph, 'BitwiseAnd', [a!, b!]),
  AddN: (graph, inputs) => {
    const terms = Object.values(inputs)
    if (terms.length === 1) return terms[0]!
    if (terms[0]!.dtype === 'float32') return broadcast(graph, 'Sum', terms)
    return terms.reduce((sum, term) => inNumbers(graph, 'Add', sum, term))
  },
  Prelu: (graph, { x, alpha }) => {
    const [values, slopes] = [cast(graph, x!, 'float32'), cast(graph, alpha!, 'float32')]
    const negative = broadcast(graph, 'Less', [values, scalar(graph, 'float32', 0)], 'bool')
    return where(graph, negative, broadcast(graph, 'Mul', [values, slopes]), values)
  },
  EluGrad: (graph, { dy, y }) => {
    const positive = broadcast(graph, 'GreaterOrEqual', [y!, scalar(graph, 'float32', 0)], 'bool')
    const slope = broadcast(graph, 'Add', [y!, scalar(graph, 'float32', 1)])
    return where(graph, positive, dy!, broadcast(graph, 'Mul', [dy!, slope]))
  },
  Select: (graph, { condition, t, e }) => where(graph, alignFront(graph, condition!, t!.shape.length), t!, e!),
}

/** tfjs aligns a condition of lower rank at the front, ONNX at the back. */
function alignFront(graph: GraphBuilder, condition: Operand, rank: number): Operand {
  const missing = rank - condition.shape.length
  if (missing === 0 || condition.shape.length === 0) return condition
  return reshape(graph, condition, [...condition.shape, ...Array<number>(missing).fill(1)])
}
