import * as tf from '@tensorflow/tfjs-core'
import { normalizeRules } from '../../../../src/compile/kernels/along-axes/normalize'
import { floats, of, specify, type Case } from '../specify'

const cases: Case[] = [
  of(
    'batchNorm',
    [floats([2, 3, 4]), floats([4]), floats([4], 0.5, 2), floats([4]), floats([4])],
    (x: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  ),
  of(
    'batchNorm without offset and scale',
    [floats([5, 4]), floats([4]), floats([4], 0.5, 2)],
    (x: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D) => tf.batchNorm(x, mean, variance),
    { noGradient: true }, // tfjs's own gradient needs a scale
  ),
  ...[1, 2, 9].map((radius) =>
    of(`localResponseNormalization, radius ${radius}`, [floats([1, 2, 3, 6])], (x: tf.Tensor4D) =>
      tf.localResponseNormalization(x, radius, 1.5, 0.7, 0.6),
    ),
  ),
]

specify('normalisations', normalizeRules, cases)
