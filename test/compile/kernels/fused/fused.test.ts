import '../../../../src/runtime/gradients'
import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { embedding } from '../../../../src/ops/layers/embedding'
import { gelu, tanhGelu } from '../../../../src/ops/layers/gelu'
import { layerNorm } from '../../../../src/ops/layers/layer-norm'
import { linear } from '../../../../src/ops/layers/linear'
import { compile } from '../../../../src/runtime/compile'
import { record } from '../../../../src/compile/record/recorder'
import { largestDifference } from '../../../ops/compare'

type Op = (...inputs: never[]) => tf.Tensor

const ids = (entries: number) =>
  tf.tensor2d(
    Array.from({ length: 3000 }, (_, i) => (i * i) % entries),
    [3, 1000],
    'int32',
  )

/** Sizes for which the graph differs from that of the small golden tensors. */
const cases: readonly (readonly [string, Op, readonly (readonly number[])[]])[] = [
  ['gelu of many blocks', (x: tf.Tensor) => gelu(x), [[1000, 1024]]],
  ['gelu of elements that no blocks divide', (x: tf.Tensor) => gelu(x), [[1009, 331]]],
  ['gelu by tanh', (x: tf.Tensor) => tanhGelu(x), [[1009, 331]]],
  [
    'layer norm of another epsilon',
    (x: tf.Tensor, w: tf.Tensor1D, b: tf.Tensor1D) => layerNorm(x, w, b, 0.25),
    [[50, 7, 24], [24], [24]],
  ],
  ['layer norm', (x: tf.Tensor, w: tf.Tensor1D, b: tf.Tensor1D) => layerNorm(x, w, b), [[50, 7, 24], [24], [24]]],
  ['linear', (x: tf.Tensor3D, w: tf.Tensor2D, b: tf.Tensor1D) => linear(x, w, b), [[300, 2, 8], [3, 8], [3]]],
  ['a small table at many ids', (table: tf.Tensor2D) => embedding(table, ids(5)), [[5, 8]]],
  ['a large table at many ids', (table: tf.Tensor2D) => embedding(table, ids(2000)), [[2000, 64]]],
]

const values = (shape: readonly number[], seed: number) =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(seed + 1.3 * i))

describe('gradients of fused operations', () => {
  it.each(cases)('%s: as on tfjs’s own backend', async (_, op, shapes) => {
    const names = shapes.map((_, i) => `input${i}`)
    const run = async (runtime: 'eager' | 'compiled') => {
      const program = compile(
        (given) => {
          const inputs = names.map((name) => given[name]!)
          const gradients = tf.grads((...tensors: tf.Tensor[]) => {
            const y = (op as (...inputs: tf.Tensor[]) => tf.Tensor)(...tensors)
            return tf.sum(tf.mul(y, tf.sin(y)))
          })(inputs)
          return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]))
        },
        Object.fromEntries(names.map((name, i) => [name, { shape: [...shapes[i]!] }])),
        { device: 'cpu', runtime },
      )
      const results = await program(Object.fromEntries(names.map((name, i) => [name, values(shapes[i]!, i)])))
      program.dispose()
      return results
    }
    const [expected, actual] = [await run('eager'), await run('compiled')]
    for (const name of names) {
      const [e, a] = [expected[name]!.data as Float32Array, actual[name]!.data as Float32Array]
      const largest = e.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
      expect(largestDifference(a, e) / largest).toBeLessThan(3e-5) // tfjs adds a thousand rows to one running sum
    }
  })
})

describe('a layer norm without its gradient', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu')
  })

  it('asks for nothing but the values', () => {
    const float = (...shape: number[]) => ({ shape, dtype: 'float32' as const })
    const { nodes } = record(
      ({ x, w, b }) => ({ y: layerNorm(x!, w as tf.Tensor1D, b as tf.Tensor1D) }),
      { x: float(2, 8), w: float(8), b: float(8) },
      'onnxruntime',
    )
    expect(nodes.map(({ op, outputs }) => [op, outputs])).toEqual([['LayerNormalization', ['y']]])
  })
})
