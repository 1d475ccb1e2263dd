import * as tf from '@tensorflow/tfjs-core'
import { unaryRules } from '../../../../src/compile/kernels/elementwise/unary'
import { bools, exactly, floats, ints, of, specify, type Case } from '../specify'

type Unary = (x: tf.Tensor) => tf.Tensor

/** Functions of floats, and the range of their inputs. */
const ofFloats: readonly [string, Unary, number?, number?][] = [
  ['acos', tf.acos, -0.9, 0.9],
  ['acosh', tf.acosh, 1.1, 4],
  ['asin', tf.asin, -0.9, 0.9],
  ['asinh', tf.asinh],
  ['atan', tf.atan],
  ['atanh', tf.atanh, -0.9, 0.9],
  ['ceil', tf.ceil],
  ['cos', tf.cos],
  ['cosh', tf.cosh],
  ['elu', tf.elu],
  ['erf', tf.erf],
  ['exp', tf.exp],
  ['expm1', tf.expm1],
  ['floor', tf.floor],
  ['log', tf.log, 0.1, 4],
  ['log1p', tf.log1p, -0.9, 4],
  ['rsqrt', tf.rsqrt, 0.1, 4],
  ['sigmoid', tf.sigmoid],
  ['sin', tf.sin],
  ['sinh', tf.sinh],
  ['softplus', tf.softplus],
  ['sqrt', tf.sqrt, 0.1, 4],
  ['tan', tf.tan, -1.4, 1.4],
  ['tanh', tf.tanh],
]

/** Functions of floats, integers and bools. */
const ofNumbers: readonly [string, Unary][] = [
  ['abs', tf.abs],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.3)],
  ['neg', tf.neg],
  ['relu', tf.relu],
  ['relu6', tf.relu6],
  ['round', tf.round],
  ['selu', tf.selu],
  ['sign', tf.sign],
  ['square', tf.square],
  ['step', tf.step],
  ['step with a slope', (x) => tf.step(x, 0.25)],
  ['clipByValue', (x) => tf.clipByValue(x, -1, 1)],
  ['clipByValue between fractions', (x) => tf.clipByValue(x, -1.5, 0.5)],
  ['isNaN', tf.isNaN],
  ['isInf', tf.isInf],
  ['isFinite', tf.isFinite],
  ['zerosLike', tf.zerosLike],
  ['onesLike', tf.onesLike],
  ['clone', tf.clone],
]

const constant = ['ceil', 'floor', 'isNaN', 'isInf', 'isFinite', 'zerosLike', 'onesLike']
const shapes = [[], [7], [2, 3], [2, 0], [2, 1, 3, 2]]
const special = exactly(Float32Array.of(NaN, Infinity, -Infinity, 0, -0, 0.5, 1.5, 2.5, -0.5, -1.5))

const cases: Case[] = [
  ...ofFloats.flatMap(([name, fn, low = -3, high = 3]) => [
    ...shapes.map((shape) => of(`${name} of [${shape.join()}]`, [floats(shape, low, high)], fn)),
    of(`${name} of special values`, [special], fn, { noGradient: true }),
  ]),
  ...ofNumbers.flatMap(([name, fn]) => [
    ...shapes.map((shape) =>
      of(`${name} of [${shape.join()}]`, [floats(shape, -8, 8)], fn, { noGradient: constant.includes(name) }),
    ),
    of(`${name} of int32`, [ints([2, 5], -9, 9)], fn),
    of(`${name} of bool`, [bools([6])], fn),
    of(`${name} of special values`, [special], fn, { noGradient: true }),
  ]),
  of('reciprocal', [floats([5], 0.2, 3)], tf.reciprocal),
  of('reciprocal of int32', [exactly(Int32Array.of(1, -1, 3, -7))], tf.reciprocal),
  of('logicalNot', [bools([5])], tf.logicalNot),
  of('cast of special values to int32', [special], (x: tf.Tensor) => tf.cast(x, 'int32'), { noGradient: true }),
  ...(['float32', 'int32', 'bool'] as const).flatMap((dtype) => [
    of(`cast of float32 to ${dtype}`, [floats([9], -3, 3)], (x: tf.Tensor) => tf.cast(x, dtype), {
      noGradient: dtype !== 'float32',
    }),
    of(`cast of int32 to ${dtype}`, [ints([9], -3, 3)], (x: tf.Tensor) => tf.cast(x, dtype)),
    of(`cast of bool to ${dtype}`, [bools([9])], (x: tf.Tensor) => tf.cast(x, dtype)),
  ]),
]

specify('unary kernels', unaryRules, cases)
