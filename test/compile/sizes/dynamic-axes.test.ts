/** Functions recorded for any size: the graph must give the same results as the function, at every size. */
import fc from 'fast-check'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { recordDynamic } from '../../../src/compile/sizes/dynamic-axes'
import { encodeModel } from '../../../src/compile/onnx'
import { record } from '../../../src/compile/record/recorder'
import {
  evaluateFormula,
  fitFormula,
  formulaName,
  recordingSizes,
  type DynamicAxis,
} from '../../../src/compile/sizes/size-formula'
import { largestDifference } from '../../ops/compare'

const longest = 7
const axes: readonly DynamicAxis[] = [
  { name: 'batch', sizes: [3, 2, 5] },
  { name: 'length', sizes: [longest, longest - 1, longest - 2], bounded: true },
]

type Function = (x: tf.Tensor3D) => tf.Tensor

/** The graph of a function of `x` `[batch, length, 4]`. */
function dynamicGraph(fn: Function) {
  return recordDynamic(axes, (sizes) =>
    record(({ x }) => ({ y: fn(x as tf.Tensor3D) }), { x: { shape: [...sizes, 4], dtype: 'float32' } }, 'onnx'),
  )
}

const corner = Array.from({ length: longest ** 2 }, (_, i) => i)
/** The first rows and columns of one matrix: `[length, length]`. */
const cornerOf = (length: number) =>
  tf.tensor2d(Array.from({ length }, (_, row) => corner.slice(row * longest, row * longest + length)))

const functions: Readonly<Record<string, Function>> = {
  'joins axes': (x) => tf.reshape(x, [x.shape[0] * x.shape[1], 4]),
  'splits and joins axes': (x) => tf.reshape(tf.reshape(x, [x.shape[0], x.shape[1], 2, 2]), [x.shape[0], -1, 2]),
  'turns axes': (x) => tf.reshape(tf.transpose(x, [1, 0, 2]), [x.shape[1] * 2, x.shape[0] * 2]),
  'repeats by the batch': (x) => tf.add(x, tf.tile(tf.sum(x, 0, true), [x.shape[0], 1, 1])),
  'broadcasts to sizes': (x) => tf.broadcastTo(tf.mean(x, 2, true), [x.shape[0], x.shape[1], 3]),
  'cuts up to the end': (x) => tf.slice(x, [0, 0, 1], [x.shape[0], x.shape[1], 2]),
  'pads by a size': (x) => tf.pad(x, [[0, 0], [0, x.shape[1] + 1], [0, 0]]), // prettier-ignore
  'adds the corner of a constant': (x) => tf.add(tf.matMul(x, x, false, true), cornerOf(x.shape[1])),
  'counts positions': (x) => tf.mul(x, tf.reshape(tf.range(0, x.shape[1], 1, 'float32'), [x.shape[1], 1])),
  'depends on no size': (x) => tf.softmax(tf.mul(x, 2)),
}

describe('a graph that', () => {
  it.each(Object.keys(functions))('%s works for any size', async (name) => {
    const fn = functions[name]!
    const graph = dynamicGraph(fn)
    expect(graph.inputs[0]!.shape).toEqual(['batch', 'length', 4])
    const session = await InferenceSession.create(encodeModel(graph))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: longest }), async (batch, length) => {
        const values = Float32Array.from({ length: batch * length * 4 }, (_, i) => Math.sin(i))
        await tf.setBackend('cpu')
        const expected = fn(tf.tensor3d(values, [batch, length, 4]))
        const { y } = await session.run({ x: new OrtTensor('float32', values, [batch, length, 4]) })
        expect(y!.dims).toEqual(expected.shape)
        expect(largestDifference(y!.data as Float32Array, await expected.data())).toBeLessThan(1e-5)
      }),
      { numRuns: 20 },
    )
    await session.release()
  })

  it('names sizes that are sums of products of axes', () => {
    const { outputs } = dynamicGraph((x) => tf.pad(tf.reshape(x, [-1, 4]), [[1, 0], [0, 0]])) // prettier-ignore
    expect(outputs[0]!.shape).toEqual(['batch*length + 1', 4])
  })

  it.each<[string, Function, RegExp]>([
    ['other operations', (x) => (x.shape[0] > 2 ? tf.exp(x) : tf.neg(x)), /other operations, at (Exp|Neg)/],
    ['more operations', (x) => Array.from({ length: x.shape[0] }).reduce<tf.Tensor>((y) => tf.exp(y), x), /operations/],
    ['other operands', (x) => (x.shape[0] > 2 ? tf.sub(tf.exp(x), x) : tf.sub(x, tf.exp(x))), /operations, at Sub/],
    ['other attributes', (x) => tf.sum(tf.transpose(x, x.shape[0] > 2 ? [1, 0, 2] : [1, 2, 0])), /at Transpose/],
    ['other numbers', (x) => tf.mul(x, 1 / x.shape[0]), /a constant of Mul differs/],
    [
      'a constant that has no bound',
      (x) => tf.add(x, tf.reshape(tf.range(0, x.shape[0]), [-1, 1, 1])),
      /of Add differs/,
    ],
    ['sizes of powers', (x) => tf.tile(tf.reshape(tf.sum(x), [1]), [x.shape[0] ** 2]), /not sums of products/],
  ])('has %s at another size is refused', (_, fn, message) => {
    expect(() => dynamicGraph(fn)).toThrow(message)
  })
})

describe('formulas of sizes', () => {
  it('are found from a few values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }), (formula) => {
        const values = recordingSizes(axes).map((sizes) => evaluateFormula(formula, sizes))
        expect(fitFormula(axes, values)!.map((coefficient) => coefficient + 0)).toEqual(formula.map((c) => c + 0))
      }),
    )
  })

  it('do not exist if another value contradicts them', () => {
    const values = recordingSizes(axes).map((sizes) => evaluateFormula([1, 2, 3, 4], sizes))
    expect(fitFormula(axes, [...values.slice(0, -1), values.at(-1)! + 1])).toBeUndefined()
  })

  it('read as sums', () => {
    expect(formulaName([0, 1, 0, 0], axes)).toBe('batch')
    expect(formulaName([7, 0, 0, 0], axes)).toBe(7)
    expect(formulaName([-1, 2, 0, 1], axes)).toBe('batch*length + 2*batch + -1')
  })
})
