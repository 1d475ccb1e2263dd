import * as tf from '@tensorflow/tfjs-core'
import { binaryRules } from '../../../../src/compile/kernels/elementwise/binary'
import { bools, exactly, floats, ints, of, specify, type Case } from '../specify'

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

const arithmetic: readonly [string, Binary][] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference],
  ['mod', tf.mod],
  ['floorDiv', tf.floorDiv],
]

const comparisons: readonly [string, Binary][] = [
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
]

const logical: readonly [string, Binary][] = [
  ['logicalAnd', tf.logicalAnd],
  ['logicalOr', tf.logicalOr],
  ['logicalXor', tf.logicalXor],
]

/** Shapes that broadcast together. */
const pairs = [
  [[], []],
  [[4], []],
  [[], [2, 3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
] as const

/** tfjs's own gradients of these do not sum over broadcast axes. */
const sameShape = ['maximum', 'minimum', 'squaredDifference']

/** tfjs's own gradients fail if an empty axis was broadcast. */
const isEmpty = (shape: readonly number[]) => shape.includes(0)

const special = Float32Array.of(NaN, Infinity, -Infinity, 0, -0, 1, -1, 2.5)
/** Every special value combined with every other. */
const left = exactly(Float32Array.from({ length: 64 }, (_, i) => special[i >> 3]!))
const right = exactly(Float32Array.from({ length: 64 }, (_, i) => special[i & 7]!))

const cases: Case[] = [
  ...arithmetic.flatMap(([name, fn]) => [
    ...pairs.map(([a, b]) =>
      of(`${name} of [${a.join()}] and [${b.join()}]`, [floats(a), floats(b, 0.5, 3)], fn, {
        noGradient: name === 'floorDiv' || isEmpty(a) || (sameShape.includes(name) && a.join() !== b.join()),
      }),
    ),
    of(`${name} of int32`, [ints([30], -20, 20), ints([30], 1, 9)], fn),
    of(`${name} of int32 by negative numbers`, [ints([30], -20, 20), ints([30], -9, -1)], fn),
    of(`${name} of int32 by zero`, [exactly(Int32Array.of(-3, 0, 4)), exactly(new Int32Array(3))], fn),
    of(`${name} of float32 and int32`, [floats([2, 3]), ints([3], 1, 5)], fn, { noGradient: name === 'floorDiv' }),
    of(`${name} of int32 and bool`, [ints([5]), exactly(Uint8Array.of(1, 1, 1, 1, 1))], fn),
    of(`${name} of special values`, [left, right], fn, { noGradient: true }),
  ]),
  ...comparisons.flatMap(([name, fn]) => [
    ...pairs.map(([a, b]) => of(`${name} of [${a.join()}] and [${b.join()}]`, [ints(a), ints(b)], fn)),
    of(`${name} of floats`, [exactly(Float32Array.of(1, 2, 3)), exactly(Float32Array.of(3, 2, 1))], fn, {
      noGradient: true,
    }),
    of(`${name} of bools`, [bools([8]), exactly(Uint8Array.of(0, 1, 0, 1, 1, 1, 0, 0))], fn),
    of(`${name} of special values`, [left, right], fn, { noGradient: true }),
  ]),
  ...logical.flatMap(([name, fn]) =>
    pairs.map(([a, b]) => of(`${name} of [${a.join()}] and [${b.join()}]`, [bools(a), bools(b)], fn)),
  ),
  ...pairs.map(([a, b]) =>
    of(`pow of [${a.join()}] and [${b.join()}]`, [floats(a, 0.5, 2), floats(b)], tf.pow, { noGradient: isEmpty(a) }),
  ),
  of('pow of int32', [ints([20]), ints([20], 0, 4)], tf.pow),
  of('pow of a negative base', [floats([6], -3, -1), exactly(Float32Array.of(2))], tf.pow, { noGradient: true }),
  ...pairs.map(([a, b]) =>
    of(`atan2 of [${a.join()}] and [${b.join()}]`, [floats(a), floats(b)], tf.atan2, { noGradient: isEmpty(a) }),
  ),
  // -0 is treated as 0.
  of(
    'atan2 of special values',
    [left, right].map((side) => ({ ...side, data: Float32Array.from(side.data, (x) => x + 0) })),
    tf.atan2,
    {
      noGradient: true,
    },
  ),
  of('bitwiseAnd', [ints([2, 4], -99, 99), ints([2, 4], -99, 99)], tf.bitwiseAnd),
  of('addN', [floats([2, 3]), floats([2, 3]), floats([2, 3])], (...xs: tf.Tensor[]) => tf.addN(xs)),
  of('addN of int32', [ints([3]), ints([3]), ints([3])], (...xs: tf.Tensor[]) => tf.addN(xs)),
  of('addN of one', [floats([3])], (x: tf.Tensor) => tf.addN([x])),
  of('prelu', [floats([2, 5]), floats([5])], tf.prelu),
  of('prelu with a slope for all', [floats([2, 5]), floats([1])], tf.prelu),
  of('gradient of elu', [floats([9])], (x: tf.Tensor) => tf.grad((x) => tf.elu(x))(x), { noGradient: true }),
  of('where', [bools([2, 3]), floats([2, 3]), floats([2, 3])], tf.where),
  of('where of int32, broadcast', [bools([3]), ints([2, 3]), ints([])], tf.where),
  of('where of bool', [bools([4]), bools([4]), exactly(Uint8Array.of(0, 1, 0, 1))], tf.where),
  of(
    'where beside values that are not numbers',
    [bools([4]), floats([4]), exactly(new Float32Array(4).fill(NaN))],
    tf.where,
    { noGradient: true },
  ),
]

specify('binary kernels', binaryRules, cases)
