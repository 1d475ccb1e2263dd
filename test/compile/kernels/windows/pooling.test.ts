import * as tf from '@tensorflow/tfjs-core'
import { poolingRules } from '../../../../src/compile/kernels/windows/pooling'
import { floats, ints, of, specify, type Case } from '../specify'

type Pool = (
  x: tf.Tensor4D,
  size: [number, number],
  strides: number,
  pad: 'same' | 'valid' | number,
  rounding?: 'ceil',
) => tf.Tensor4D
type Pool3D = (x: tf.Tensor5D, size: number, strides: number, pad: 'same' | 'valid') => tf.Tensor5D

const windows: readonly [[number, number], number, 'same' | 'valid' | number, 'ceil'?][] = [
  [[2, 2], 2, 'valid'],
  [[3, 3], 1, 'same'],
  [[3, 2], 2, 'same'],
  [[2, 2], 3, 'valid'],
  [[3, 3], 2, 1],
  [[1, 1], 1, 'valid'],
]

const cases: Case[] = [
  ...(['avgPool', 'maxPool'] as const).flatMap((name) => [
    ...windows.map(([size, strides, pad]) =>
      of(`${name} ${size.join('×')}, strides ${strides}, ${pad}`, [floats([2, 7, 6, 3])], (x: tf.Tensor4D) =>
        (tf[name] as Pool)(x, size, strides, pad),
      ),
    ),
    of(`${name} of one image`, [floats([6, 6, 2])], (x: tf.Tensor4D) => (tf[name] as Pool)(x, [2, 2], 2, 'valid')),
  ]),
  // tfjs's own gradient ignores the rounding.
  of('maxPool, rounded up', [floats([1, 6, 6, 2])], (x: tf.Tensor4D) => (tf.maxPool as Pool)(x, [3, 3], 2, 0, 'ceil'), {
    noGradient: true,
  }),
  of('maxPool of int32', [ints([1, 4, 4, 2])], (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid')),
  of('maxPool of equal values', [ints([1, 6, 6, 2], 0, 2)], (x: tf.Tensor4D) =>
    tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'))(tf.cast(x, 'float32')),
  ),
  ...(['avgPool3d', 'maxPool3d'] as const).flatMap((name) =>
    (['same', 'valid'] as const).map((pad) =>
      of(`${name}, ${pad}`, [floats([2, 4, 5, 4, 2])], (x: tf.Tensor5D) => (tf[name] as Pool3D)(x, 2, 2, pad)),
    ),
  ),
  ...[false, true].map((includeBatch) =>
    of(
      `maxPoolWithArgmax${includeBatch ? ', batch counted' : ''}`,
      [floats([2, 5, 6, 3])],
      (x: tf.Tensor4D) => Object.values(tf.maxPoolWithArgmax(x, 2, 2, 'valid', includeBatch)),
      { noGradient: true },
    ),
  ),
  of('pool, dilated', [floats([1, 8, 8, 2])], (x: tf.Tensor4D) => tf.pool(x, 2, 'avg', 'valid', 2)),
]

specify('pooling', poolingRules, cases)
