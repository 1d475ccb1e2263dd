import * as tf from '@tensorflow/tfjs-core'
import { matrixRules } from '../../../../src/compile/kernels/products/matrix'
import { floats, ints, of, specify, type Case } from '../specify'

/** Shapes of matrices to multiply, before either is transposed. */
const products = [
  [
    [2, 3],
    [3, 4],
  ],
  [
    [5, 2, 3],
    [5, 3, 4],
  ],
  [
    [5, 2, 3],
    [3, 4],
  ],
  [
    [5, 2, 3],
    [1, 3, 4],
  ],
  [
    [1, 2, 3],
    [5, 3, 4],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 5, 1],
  ],
] as const

const swapped = (shape: readonly number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]
const flags = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

/** tfjs's own gradient requires operands of equal rank, and does not sum over a batch. */
const sameBatch = (a: readonly number[], b: readonly number[]) => a.slice(0, -2).join() === b.slice(0, -2).join()

const activations = ['linear', 'relu', 'elu', 'relu6', 'leakyrelu', 'sigmoid'] as const

const einsums: readonly [string, ...number[][]][] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['bij,bkj->bik', [2, 3, 4], [2, 5, 4]],
  ['bpc,bkc->bkp', [2, 3, 4], [2, 5, 4]],
  ['i,j->ij', [3], [4]],
  ['ij->ji', [2, 3]],
  ['ij->', [2, 3]],
  ['bij, bij -> b', [2, 3, 4], [2, 3, 4]],
]

const cases: Case[] = [
  ...products.flatMap(([a, b]) =>
    flags.map(([transposeA, transposeB]) =>
      of(
        `matMul of [${a.join()}]${transposeA ? 'ᵀ' : ''} and [${b.join()}]${transposeB ? 'ᵀ' : ''}`,
        [floats(transposeA ? swapped(a) : a), floats(transposeB ? swapped(b) : b)],
        (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB),
        { noGradient: !sameBatch(a, b) },
      ),
    ),
  ),
  of('matMul of int32', [ints([2, 3]), ints([3, 4])], (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b)),
  of('matMul of int32 in batches', [ints([2, 2, 3]), ints([2, 4, 3])], (a: tf.Tensor, b: tf.Tensor) =>
    tf.matMul(a, b, false, true),
  ),
  of('matMul of no rows', [floats([0, 3]), floats([3, 4])], (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b)),
  of('dot', [floats([3]), floats([3])], (a: tf.Tensor, b: tf.Tensor) => tf.dot(a, b)),
  of('outerProduct', [floats([3]), floats([4])], (a: tf.Tensor1D, b: tf.Tensor1D) => tf.outerProduct(a, b)),
  ...activations.flatMap((activation) => [
    of(
      `fused matMul, ${activation}`,
      [floats([4, 3]), floats([3, 5]), floats([5])],
      (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) => tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.3 }),
    ),
  ]),
  of(
    'fused matMul, prelu, transposed',
    [floats([3, 4]), floats([5, 3]), floats([5]), floats([5])],
    (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor, preluActivationWeights: tf.Tensor) =>
      tf.fused.matMul({ a, b, bias, transposeA: true, transposeB: true, activation: 'prelu', preluActivationWeights }),
  ),
  of('fused matMul without a bias', [floats([4, 3]), floats([3, 5])], (a: tf.Tensor, b: tf.Tensor) =>
    tf.fused.matMul({ a, b, activation: 'relu' }),
  ),
  ...einsums.map(([equation, ...shapes]) =>
    of(
      `einsum ${equation}`,
      shapes.map((shape) => floats(shape)),
      (...tensors: tf.Tensor[]) => tf.einsum(equation, ...tensors),
      { noGradient: true },
    ),
  ),
  of('einsum of int32', [ints([2, 3]), ints([3, 4])], (a: tf.Tensor, b: tf.Tensor) => tf.einsum('ij,jk->ik', a, b)),
]

specify('matrix products', matrixRules, cases)
