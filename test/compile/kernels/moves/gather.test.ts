import * as tf from '@tensorflow/tfjs-core'
import { gatherRules } from '../../../../src/compile/kernels/moves/gather'
import { bools, exactly, floats, ints, of, specify, type Case } from '../specify'

const rows = exactly(Int32Array.of(2, 0, 2, 1))
const table = exactly(Int32Array.of(2, 0, 1, 1, 2, 2), [2, 3])
const points = exactly(Int32Array.of(0, 1, 1, 2, 0, 1), [3, 2])
const column = exactly(Int32Array.of(3, 0, 3), [3, 1])
const numbers = exactly(Int32Array.of(1, 3, 1, 0, 7, 3))

const cases: Case[] = [
  of('gather', [floats([3, 4]), rows], tf.gather),
  of('gather by a matrix of indices', [floats([3, 4]), table], tf.gather),
  of('gather of columns', [floats([4, 3]), rows], (x: tf.Tensor, i: tf.Tensor1D) => tf.gather(x, i, 1)),
  of('gather of columns, counted from the end', [floats([4, 3]), rows], (x: tf.Tensor, i: tf.Tensor1D) =>
    tf.gather(x, i, -1),
  ),
  of('gather of int32', [ints([3]), rows], tf.gather),
  of('gather of bool', [bools([3, 2]), rows], tf.gather),
  of('gather by one index', [floats([3, 4]), exactly(Int32Array.of(1), [])], tf.gather),
  of('gather in batches', [floats([2, 3, 4]), table], (x: tf.Tensor, i: tf.Tensor1D) => tf.gather(x, i, 1, 1), {
    noGradient: true,
  }),
  of(
    'gather in batches, past an axis',
    [floats([2, 5, 3]), table],
    (x: tf.Tensor, i: tf.Tensor1D) => tf.gather(x, i, 2, 1),
    { noGradient: true },
  ),
  of('gatherND', [floats([2, 3]), points], tf.gatherND, { noGradient: true }),
  of('gatherND of rows', [ints([4, 3]), column], tf.gatherND),
  of('scatterND', [points, floats([3])], (i: tf.Tensor, u: tf.Tensor) => tf.scatterND(i, u, [2, 3]), {
    noGradient: true,
  }),
  of(
    'scatterND of rows, some of them twice',
    [column, floats([3, 2])],
    (i: tf.Tensor, u: tf.Tensor) => tf.scatterND(i, u, [4, 2]),
    { noGradient: true },
  ),
  of('scatterND of int32', [column, ints([3])], (i: tf.Tensor, u: tf.Tensor) => tf.scatterND(i, u, [5])),
  of(
    'tensorScatterUpdate',
    [floats([4, 2]), exactly(Int32Array.of(3, 0), [2, 1]), floats([2, 2], 5, 9)],
    tf.tensorScatterUpdate,
    { noGradient: true },
  ),
  of(
    'sparseToDense',
    [points, floats([3]), floats([])],
    (i: tf.Tensor, v: tf.Tensor, d: tf.Scalar) => tf.sparseToDense(tf.slice(i, 0, 2), tf.slice(v, 0, 2), [2, 3], d),
    { noGradient: true },
  ),
  of('sparseToDense along one axis', [exactly(Int32Array.of(3, 1)), ints([2])], (i: tf.Tensor, v: tf.Tensor) =>
    tf.sparseToDense(i, v, [5], tf.scalar(7, 'int32')),
  ),
  of(
    'sparseToDense of one value',
    [exactly(Int32Array.of(3, 1)), floats([])],
    (i: tf.Tensor, v: tf.Tensor) => tf.sparseToDense(i, v, [5]),
    { noGradient: true },
  ),
  of(
    'scatterNd of thousands of rows to few places',
    [exactly(Int32Array.from({ length: 6000 }, (_, i) => i % 3)), exactly(new Float32Array(6000 * 64).fill(1))],
    (i: tf.Tensor, x: tf.Tensor) => tf.scatterND(tf.reshape(i, [6000, 1]), tf.reshape(x, [6000, 64]), [4, 64]),
    { noGradient: true },
  ),
  of('unsortedSegmentSum', [floats([4, 3]), rows], (x: tf.Tensor, i: tf.Tensor1D) => tf.unsortedSegmentSum(x, i, 4)),
  of(
    'unsortedSegmentSum, some ids outside',
    [floats([4, 3]), exactly(Int32Array.of(-1, 0, 9, 1))],
    (x: tf.Tensor, i: tf.Tensor1D) => tf.unsortedSegmentSum(x, i, 2),
    { noGradient: true }, // tfjs's own gradient fails on those ids
  ),
  of('oneHot', [table], (i: tf.Tensor) => tf.oneHot(i, 4)),
  of('oneHot with values, some ids outside', [exactly(Int32Array.of(0, -1, 4, 2))], (i: tf.Tensor) =>
    tf.oneHot(i, 3, 5, -1, 'float32'),
  ),
  of('oneHot of bools', [rows], (i: tf.Tensor) => tf.oneHot(i, 3, 1, 0, 'bool')),
  of('bincount', [numbers], (x: tf.Tensor1D) => tf.bincount(x, tf.tensor1d([]), 5)),
  of('bincount with weights', [numbers, floats([6])], (x: tf.Tensor1D, w: tf.Tensor1D) => tf.bincount(x, w, 5), {
    noGradient: true,
  }),
  of('denseBincount', [numbers], (x: tf.Tensor1D) => tf.denseBincount(x, tf.tensor1d([], 'int32'), 5)),
  of('denseBincount of rows', [table, floats([2, 3])], (x: tf.Tensor2D, w: tf.Tensor2D) => tf.denseBincount(x, w, 4), {
    noGradient: true,
  }),
  of('denseBincount, once each', [table], (x: tf.Tensor2D) => tf.denseBincount(x, tf.tensor2d([], [0, 4]), 4, true)),
  of('diag', [floats([4])], tf.diag, { noGradient: true }),
  of('diag of a matrix of int32', [ints([2, 3])], tf.diag),
]

specify('kernels that pick by index', gatherRules, cases)
