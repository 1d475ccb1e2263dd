import * as tf from '@tensorflow/tfjs-core'
import { reduceRules } from '../../../../src/compile/kernels/along-axes/reduce'
import { bools, exactly, floats, ints, of, specify, type Case } from '../specify'

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor

const ofNumbers: readonly [string, Reduce][] = [
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['max', tf.max],
  ['min', tf.min],
  ['prod', tf.prod],
]
const ofBools: readonly [string, Reduce][] = [
  ['all', tf.all],
  ['any', tf.any],
]
const axes = [undefined, 0, -1, [0, 2], [1]] as const

const cases: Case[] = [
  ...ofNumbers.flatMap(([name, fn]) => [
    ...axes.flatMap((axis) =>
      [false, true].map((keepDims) =>
        of(
          `${name} over ${axis?.toString() ?? 'all axes'}${keepDims ? ', kept' : ''}`,
          [floats([2, 3, 4])],
          (x: tf.Tensor) => fn(x, axis as number[] | undefined, keepDims),
          // tfjs's own gradient of products takes one axis, counted from the front.
          { noGradient: name === 'prod' && (keepDims || axis !== 0) },
        ),
      ),
    ),
    of(`${name} of a scalar`, [floats([])], (x: tf.Tensor) => fn(x), { noGradient: name === 'prod' }),
    of(`${name} of int32`, [ints([3, 5])], (x: tf.Tensor) => fn(x, 1)),
    of(`${name} of bool`, [bools([3, 5])], (x: tf.Tensor) => fn(x, 1)),
  ]),
  of('sum of nothing', [floats([0, 3])], (x: tf.Tensor) => tf.sum(x, 0)),
  of('sum of empty rows', [floats([3, 0])], (x: tf.Tensor) => tf.sum(x, 1)),
  of('max of equal values', [exactly(Float32Array.of(1, 3, 3))], (x: tf.Tensor) => tf.max(x)),
  ...ofBools.flatMap(([name, fn]) => [
    ...axes.map((axis) =>
      of(`${name} over ${axis?.toString() ?? 'all axes'}`, [bools([2, 3, 4])], (x: tf.Tensor) =>
        fn(x, axis as number[] | undefined),
      ),
    ),
    of(`${name}, kept`, [bools([2, 3])], (x: tf.Tensor) => fn(x, 1, true)),
  ]),
  ...(['argMax', 'argMin'] as const).flatMap((name) => [
    ...[0, 1, -1].map((axis) =>
      of(`${name} over ${axis}`, [floats([2, 3, 4])], (x: tf.Tensor) => tf[name](x, axis), { noGradient: true }),
    ),
    of(`${name} of equal values`, [exactly(Int32Array.of(2, 5, 5, 2))], (x: tf.Tensor) => tf[name](x)),
    of(`${name} of bool`, [bools([3, 4])], (x: tf.Tensor) => tf[name](x, 1)),
  ]),
  of('softmax', [floats([2, 3, 4])], (x: tf.Tensor) => tf.softmax(x)),
  of('softmax of a large range', [floats([2, 5], -500, 500)], (x: tf.Tensor) => tf.softmax(x)),
  of('softmax beside minus infinity', [exactly(Float32Array.of(1, -Infinity, 2))], (x: tf.Tensor) => tf.softmax(x), {
    noGradient: true,
  }),
  of('logSoftmax', [floats([2, 5])], (x: tf.Tensor) => tf.logSoftmax(x)),
  of('logSumExp', [floats([2, 5])], (x: tf.Tensor) => tf.logSumExp(x, 1)),
  of('moments', [floats([4, 5])], (x: tf.Tensor) => Object.values(tf.moments(x, 0))),
  of('norm', [floats([4, 5], 0.5, 2)], (x: tf.Tensor) => tf.norm(x, 'euclidean', 1)),
  ...[1, 3, 6].map((k) =>
    of(`topk of ${k}`, [floats([2, 6])], (x: tf.Tensor) => Object.values(tf.topk(x, k)), { noGradient: true }),
  ),
  of('topk of equal values', [exactly(Int32Array.of(3, 1, 3, 2, 3))], (x: tf.Tensor) => Object.values(tf.topk(x, 4))),
]

specify('kernels that reduce', reduceRules, cases)
