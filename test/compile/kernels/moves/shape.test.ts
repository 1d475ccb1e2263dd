import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { shapeRules } from '../../../../src/compile/kernels/moves/shape'
import { bools, compare, floats, ints, of, runCompiled, specify, type Case } from '../specify'

type Move = (x: tf.Tensor) => tf.Tensor | tf.Tensor[]

/** Functions that do not change values, for tensors of a given shape. */
const moves: readonly [string, readonly number[], Move, { noGradient?: boolean }?][] = [
  ['reshape', [2, 6], (x) => tf.reshape(x, [3, 4])],
  ['reshape to a size left open', [2, 6], (x) => tf.reshape(x, [-1, 3])],
  ['reshape to a scalar', [1, 1], (x) => tf.reshape(x, [])],
  ['reshape of nothing', [2, 0], (x) => tf.reshape(x, [0, 5])],
  ['expandDims', [2, 3], (x) => tf.expandDims(x, -1)],
  ['squeeze', [2, 1, 3], (x) => tf.squeeze(x)],
  ['transpose', [2, 3, 4], (x) => tf.transpose(x)],
  ['transpose by an order', [2, 3, 4], (x) => tf.transpose(x, [1, 0, 2])],
  ['reverse', [2, 3, 4], (x) => tf.reverse(x)],
  ['reverse of some axes', [2, 3, 4], (x) => tf.reverse(x, [0, -1])],
  ['slice', [4, 5], (x) => tf.slice(x, [1, 2], [2, 3])],
  ['slice to the end', [4, 5], (x) => tf.slice(x, [1, 2], [-1, -1])],
  ['slice of rows', [4, 5], (x) => tf.slice(x, 2)],
  ['slice of nothing', [4, 5], (x) => tf.slice(x, [1, 2], [0, 3])],
  ['stridedSlice', [5, 6], (x) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 3]), { noGradient: true }],
  ['stridedSlice backwards', [5, 6], (x) => tf.stridedSlice(x, [4, 5], [-9, -9], [-2, -1]), { noGradient: true }],
  [
    'stridedSlice of one row',
    [5, 6],
    (x) => tf.stridedSlice(x, [1, 0], [2, 6], [1, 1], 0, 0, 0, 0, 1),
    { noGradient: true },
  ],
  ['concat with itself', [2, 3], (x) => tf.concat([x, x], -1)],
  ['concat with nothing', [2, 3], (x) => tf.concat([x, tf.slice(x, [0, 0], [2, 0])], 1)],
  ['stack', [2, 3], (x) => tf.stack([x, x, x], 1)],
  ['unstack', [2, 3], (x) => tf.unstack(x, 1)],
  ['split', [2, 6], (x) => tf.split(x, 3, 1)],
  ['split by sizes', [2, 6], (x) => tf.split(x, [1, -1, 2], -1)],
  ['split of which only the first part is used', [2, 6], (x) => tf.split(x, [4, 2], 1)[0]!],
  ['tile', [2, 3], (x) => tf.tile(x, [2, 3])],
  ['broadcastTo', [2, 1], (x) => tf.broadcastTo(x, [4, 2, 3])],
  [
    'pad',
    [2, 3],
    (x) =>
      tf.pad(x, [
        [1, 2],
        [0, 1],
      ]),
  ],
  [
    'pad with a value',
    [2, 3],
    (x) =>
      tf.pad(
        x,
        [
          [0, 2],
          [3, 0],
        ],
        1,
      ),
  ],
  [
    'mirrorPad, reflect',
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 1],
          [1, 3],
        ],
        'reflect',
      ),
    { noGradient: true },
  ],
  [
    'mirrorPad, symmetric',
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 3],
          [0, 1],
        ],
        'symmetric',
      ),
    { noGradient: true },
  ],
  [
    'spaceToBatchND',
    [1, 4, 6, 2],
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 3],
        [
          [0, 0],
          [0, 0],
        ],
      ),
  ],
  [
    'spaceToBatchND, padded',
    [2, 3, 5, 1],
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
  ],
  [
    'batchToSpaceND',
    [8, 1, 3, 1],
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [2, 0],
        ],
      ),
  ],
]

const cases: Case[] = [
  ...moves.flatMap(([name, shape, fn, special]) => [
    of(name, [floats(shape)], fn, special),
    of(`${name}, of int32`, [ints(shape)], fn),
  ]),
  ...moves
    .filter(([name]) => !/pad|spaceToBatch/i.test(name))
    .map(([name, shape, fn]) => of(`${name}, of bool`, [bools(shape)], fn)),
  of('depthToSpace', [floats([2, 2, 3, 8])], (x: tf.Tensor4D) => tf.depthToSpace(x, 2), { noGradient: true }),
  of('flipLeftRight', [floats([2, 3, 4, 3])], (x: tf.Tensor4D) => tf.image.flipLeftRight(x), { noGradient: true }),
  of('concat of several', [floats([2, 3]), floats([2, 1]), floats([2, 0])], (...xs: tf.Tensor[]) => tf.concat(xs, 1)),
  of('stack of scalars', [floats([]), floats([])], (...xs: tf.Tensor[]) => tf.stack(xs)),
]

specify('kernels that move elements', shapeRules, cases)

it('lays channels out in space where they come first, which tfjs’s CPU backend does not', async () => {
  const x = floats([2, 8, 2, 3])
  const laidOut = await runCompiled(({ a }) => ({ y: tf.depthToSpace(a as tf.Tensor4D, 2, 'NCHW') }), { a: x })
  await compare(
    ({ a }) => {
      const last = tf.depthToSpace(tf.transpose(a as tf.Tensor4D, [0, 2, 3, 1]), 2)
      return { y: tf.transpose(last, [0, 3, 1, 2]) }
    },
    of('channels last', [x], tf.clone),
  ).then((expected) => expect(laidOut).toEqual(expected))
})
