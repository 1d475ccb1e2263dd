import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { adamW } from '../../../src/ops/optimizer/adamw'
import { movingAverage } from '../../../src/ops/optimizer/moving-average'
import { divide, runOnHost } from '../../../src/compile/host/host-nodes'
import { record } from '../../../src/compile/record/recorder'

type Tensors = Record<string, tf.Tensor>

const result = (input: string) => `next ${input}`
const scalars = ['keepFirst', 'takeFirst', 'keepSecond', 'takeSecond', 'stepSize', 'epsilon', 'taken'] as const

/** A graph that takes a step with the gradient 2x; `fn` turns the step into outputs. */
function graphOf(fn: (inputs: Tensors, step: ReturnType<typeof adamW>) => Tensors) {
  const arrays = ['w', 'm', 'v', 'mean'].map((name) => [name, { shape: [2, 3], dtype: 'float32' }] as const)
  const numbers = scalars.map((name) => [name, { shape: [], dtype: 'float32' }] as const)
  const inputs = Object.fromEntries([...arrays, ...numbers, ['x', { shape: [2, 3], dtype: 'float32' }] as const])
  return record(
    (inputs) => {
      const { w, m, v, x } = inputs as Record<'w' | 'm' | 'v' | 'x', tf.Tensor>
      const given = Object.fromEntries(scalars.map((name) => [name, inputs[name]!]))
      return fn(inputs, adamW({ value: w, first: m, second: v }, tf.mul(x, 2), given as never))
    },
    inputs,
    'onnxruntime',
  )
}

const replaced = ({ value, first, second }: ReturnType<typeof adamW>): Tensors => ({
  [result('w')]: value,
  [result('m')]: first,
  [result('v')]: second,
})

beforeEach(async () => {
  await tf.setBackend('cpu')
})

describe('updates of parameters', () => {
  it('are left to the host: the session computes only the gradient', () => {
    const { graph, host } = divide(
      graphOf((_, step) => replaced(step)),
      result,
    )
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Mul'])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x'])
    expect(graph.outputs).toEqual([{ name: graph.nodes[0]!.outputs[0], type: 'float32', shape: [2, 3] }])
    expect(host.nodes.map(({ op }) => op)).toEqual(['AdamW'])
  })

  it('are computed in order and in place', () => {
    const made = graphOf(({ mean }, step) => ({
      ...replaced(step),
      [result('mean')]: movingAverage(mean!, step.value, 0.5),
    }))
    const { graph, host } = divide(made, result)
    const held: Record<string, Float32Array> = {
      ...Object.fromEntries(['w', 'm', 'v', 'mean'].map((name) => [name, new Float32Array(6)])),
      ...Object.fromEntries(scalars.map((name) => [name, Float32Array.of(1)])),
      [graph.outputs[0]!.name]: new Float32Array(6).fill(2),
    }
    runOnHost(host, (name) => held[name]!)
    // m = 2, v = 4, w = -2 / (√4 + 1), and the average is half of w.
    expect(['m', 'v', 'w', 'mean'].map((name) => held[name]![5])).toEqual(
      [2, 4, -2 / 3, -1 / 3].map((value) => Math.fround(value)),
    )
  })

  it('change nothing if no step is taken', () => {
    const { graph, host } = divide(
      graphOf((_, step) => replaced(step)),
      result,
    )
    const held: Record<string, Float32Array> = Object.fromEntries([
      ...['w', 'm', 'v'].map((name) => [name, new Float32Array(6).fill(7)]),
      ...scalars.map((name) => [name, Float32Array.of(name === 'taken' ? 0 : 1)]),
      [graph.outputs[0]!.name, new Float32Array(6).fill(NaN)],
    ])
    runOnHost(host, (name) => held[name]!)
    expect(['w', 'm', 'v'].flatMap((name) => [...held[name]!]).every((value) => value === 7)).toBe(true)
  })

  it('cannot be used by other operations', () => {
    const made = graphOf((_, step) => ({ ...replaced(step), length: tf.sum(step.value) }))
    expect(() => divide(made, result)).toThrow(expect.objectContaining({ code: 'NOT_RECORDABLE' }))
  })

  it('replace only their own parameters', () => {
    const made = graphOf((_, { value, first, second }) => replaced({ value: first, first: value, second }))
    expect(() => divide(made, result)).toThrow(expect.objectContaining({ code: 'NOT_RECORDABLE' }))
  })
})
