import * as tf from '@tensorflow/tfjs-core'
import { resizeRules } from '../../../../src/compile/kernels/windows/resize'
import { floats, ints, of, specify, type Case } from '../specify'

const sizes: readonly [number, number][] = [
  [7, 9],
  [3, 2],
  [5, 5],
  [1, 1],
  [8, 3],
]
const ways = [
  ['', false, false],
  [', corners aligned', true, false],
  [', half pixels', false, true],
] as const

const cases: Case[] = ways.flatMap(([way, alignCorners, halfPixels]) => [
  ...sizes.flatMap((size) => [
    of(`resizeBilinear to ${size.join('×')}${way}`, [floats([2, 5, 5, 2])], (x: tf.Tensor4D) =>
      tf.image.resizeBilinear(x, size, alignCorners, halfPixels),
    ),
    // One image, because tfjs's own gradient reads the second image of a batch at the end of the first.
    of(`resizeNearestNeighbor to ${size.join('×')}${way}`, [floats([1, 5, 5, 2])], (x: tf.Tensor4D) =>
      tf.image.resizeNearestNeighbor(x, size, alignCorners, halfPixels),
    ),
  ]),
  of(`resizeBilinear of int32${way}`, [ints([4, 3, 2])], (x: tf.Tensor3D) =>
    tf.image.resizeBilinear(x, [6, 6], alignCorners, halfPixels),
  ),
  of(`resizeNearestNeighbor of int32${way}`, [ints([4, 3, 2])], (x: tf.Tensor3D) =>
    tf.image.resizeNearestNeighbor(x, [6, 6], alignCorners, halfPixels),
  ),
])

specify('resizing', resizeRules, cases)
