import * as tf from '@tensorflow/tfjs-core'
import { scanRules } from '../../../../src/compile/kernels/along-axes/scan'
import { bools, exactly, floats, ints, of, specify, type Case } from '../specify'

const sorted = exactly(Float32Array.of(1, 2, 2, 5, -3, 0, 0, 0), [2, 4])
const wanted = exactly(Float32Array.of(0, 2, 9, 0, 5, -4), [2, 3])

const ways = [0, 1].flatMap((axis) =>
  [false, true].flatMap((exclusive) => [false, true].map((reverse) => [axis, exclusive, reverse] as const)),
)

const cases: Case[] = [
  ...ways.flatMap(([axis, exclusive, reverse]) => {
    const way = `over ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`
    return [
      // tfjs's own gradient loses the axes if the scan is not over the last one.
      of(`cumsum ${way}`, [floats([3, 5])], (x: tf.Tensor) => tf.cumsum(x, axis, exclusive, reverse), {
        noGradient: axis !== 1,
      }),
      of(`cumprod ${way}`, [floats([3, 5])], (x: tf.Tensor) => tf.cumprod(x, axis, exclusive, reverse), {
        noGradient: true,
      }),
    ]
  }),
  of('cumsum of int32', [ints([7])], (x: tf.Tensor) => tf.cumsum(x)),
  of('cumsum of bool', [bools([7])], (x: tf.Tensor) => tf.cumsum(x)),
  of('cumprod of int32', [ints([7])], (x: tf.Tensor) => tf.cumprod(x)),
  of('cumprod of one element', [floats([1])], (x: tf.Tensor) => tf.cumprod(x, 0, true), { noGradient: true }),
  of('cumprod with a zero', [exactly(Float32Array.of(2, 0, 3))], (x: tf.Tensor) => tf.cumprod(x), { noGradient: true }),
  of('lowerBound', [sorted, wanted], (s: tf.Tensor, v: tf.Tensor) => tf.lowerBound(s, v), { noGradient: true }),
  of('upperBound', [sorted, wanted], (s: tf.Tensor, v: tf.Tensor) => tf.upperBound(s, v), { noGradient: true }),
  of(
    'searchSorted of int32',
    [exactly(Int32Array.of(1, 3, 5)), exactly(Int32Array.of(3, 4))],
    (s: tf.Tensor, v: tf.Tensor) => tf.searchSorted(s, v, 'right'),
  ),
]

specify('kernels that scan', scanRules, cases)
