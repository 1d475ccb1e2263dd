import '../../../src/runtime/gradients'
import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { InputSpec } from '../../../src/compile/record/place-inputs'
import { record } from '../../../src/compile/record/recorder'

type Tensors = Record<string, tf.Tensor>

const float = (...shape: number[]): InputSpec => ({ shape, dtype: 'float32' })
const recordOps = (fn: (inputs: Tensors) => Tensors, inputs: Record<string, InputSpec>) => record(fn, inputs, 'onnx')
const nodesOf = (fn: (inputs: Tensors) => Tensors, inputs: Record<string, InputSpec>) =>
  recordOps(fn, inputs).nodes.map(({ op }) => op)

beforeEach(async () => {
  await tf.setBackend('cpu')
})

describe('constants', () => {
  it('are computed once, while recording', () => {
    const graph = recordOps(
      ({ x }) => {
        const mask = tf.where(tf.greater(tf.range(0, 4), 1), tf.fill([4], -1e9), tf.zeros([4]))
        return { y: tf.add(x!, tf.stack([mask, tf.concat([tf.ones([2]), tf.linspace(0, 1, 2)])])) }
      },
      { x: float(2, 4) },
    )
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Add'])
    expect(graph.constants).toHaveLength(1)
    expect([...new Float32Array(graph.constants[0]!.bytes.slice().buffer)]).toEqual([0, 0, -1e9, -1e9, 1, 1, 0, 1])
  })

  it('are shared when they are equal', () => {
    const fn = ({ x }: Tensors) => ({ y: tf.mul(tf.add(tf.mul(x!, tf.tensor1d([1, 2])), [1, 2]), tf.tensor1d([1, 2])) })
    expect(recordOps(fn, { x: float(2) }).constants).toHaveLength(1)
  })

  it('are separate if type or shape differ', () => {
    const fn = ({ x, i }: Tensors) => ({ y: tf.mul(x!, 2), z: tf.mul(x!, [2]), j: tf.mul(i!, tf.scalar(2, 'int32')) })
    const { constants } = recordOps(fn, { x: float(1), i: { shape: [1], dtype: 'int32' } })
    expect(constants.map(({ type, shape }) => `${type} [${shape.join()}]`).sort()).toEqual([
      'float32 [1]',
      'float32 []',
      'int32 []',
    ])
  })

  it('of a backend stay usable there', () => {
    const weights = tf.tensor1d([1, 2])
    recordOps(({ x }) => ({ y: tf.mul(x!, weights) }), { x: float(2) })
    expect([...weights.dataSync()]).toEqual([1, 2])
    expect([...tf.add(weights, 1).dataSync()]).toEqual([2, 3])
  })
})

describe('graphs', () => {
  it('contain only what the outputs need', () => {
    const graph = recordOps(
      ({ x, y }) => {
        tf.exp(y!)
        return { z: tf.neg(x!) }
      },
      { x: float(2), y: float(2) },
    )
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Neg'])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x'])
  })

  it('may return inputs, constants and one tensor under two names', () => {
    const graph = recordOps(({ x }) => ({ same: x!, one: tf.scalar(1), again: x! }), { x: float(2) })
    expect(graph.outputs.map(({ name }) => name)).toEqual(['same', 'one', 'again'])
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Identity', 'Identity', 'Identity'])
  })

  it.each<[string, (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) => tf.Tensor]>([
    ['matMul(x, w, false, true) + bias', (x, w, bias) => tf.add(tf.matMul(x, w, false, true), bias)],
    ['bias + matMul(x, w, false, true)', (x, w, bias) => tf.add(bias, tf.matMul(x, w, false, true))],
  ])('take a transposed weight and a bias in one operation: %s', (_, fn) => {
    const inputs = { x: float(4, 3), w: float(5, 3), bias: float(5) }
    const { nodes } = recordOps(({ x, w, bias }) => ({ y: fn(x!, w!, bias!) }), inputs)
    expect(nodes).toMatchObject([{ op: 'Gemm', inputs: ['x', 'w', 'bias'], attributes: { transA: 0, transB: 1 } }])
  })

  it('keep a product that is used without the bias too', () => {
    const fn = ({ x, w, bias }: Tensors) => {
      const product = tf.matMul(x!, w!)
      return { product, sum: tf.add(product, bias!) }
    }
    expect(nodesOf(fn, { x: float(4, 3), w: float(3, 5), bias: float(5) })).toEqual(['Gemm', 'Gemm'])
  })

  it('transpose no weight, even if a batch of sequences is multiplied', () => {
    const fn = ({ x, w }: Tensors) => ({ y: tf.matMul(x!, w!, false, true) })
    expect(nodesOf(fn, { x: float(2, 4, 3), w: float(5, 3) })).toEqual(['Reshape', 'Gemm', 'Reshape'])
  })

  it('contain no operation for reshapes, casts, slices and transpositions that change nothing', () => {
    const fn = ({ x }: Tensors) => {
      const same = tf.transpose(tf.cast(tf.reshape(tf.slice(x!, [0, 0], [2, 3]), [2, -1]), 'float32'), [0, 1])
      return { y: tf.neg(same) }
    }
    expect(nodesOf(fn, { x: float(2, 3) })).toEqual(['Neg'])
  })
})

describe('a function', () => {
  it('may use tidy and dispose, and need not free tensors', () => {
    const before = tf.memory().numTensors
    const fn = ({ x }: Tensors) => {
      const y = tf.tidy(() => tf.exp(tf.add(x!, 1)))
      const z = tf.neg(y)
      y.dispose()
      return { z }
    }
    expect(nodesOf(fn, { x: float(2) })).toEqual(['Add', 'Exp', 'Neg'])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('that throws leaves no tensors, variables and backends behind, and restores Math.random', () => {
    const { random } = Math
    const before = { ...tf.memory(), variables: Object.keys(tf.engine().state.registeredVariables).length }
    const fn = ({ x }: Tensors): Tensors => {
      tf.variable(tf.exp(x!))
      throw new Error('inside')
    }
    expect(() => recordOps(fn, { x: float(2) })).toThrow('inside')
    expect({ ...tf.memory(), variables: Object.keys(tf.engine().state.registeredVariables).length }).toEqual(before)
    expect(tf.getBackend()).toBe('cpu')
    expect(Math.random).toBe(random)
  })

  it('leaves no backend active if none was', () => {
    const state = tf.engine() as unknown as { backendName?: string; backendInstance: unknown }
    const { backendName, backendInstance } = state
    Object.assign(state, { backendName: undefined, backendInstance: null })
    recordOps(({ x }) => ({ y: tf.neg(x!) }), { x: float(2) })
    expect(tf.getBackend()).toBe(undefined)
    Object.assign(state, { backendName, backendInstance })
  })

  it('may draw random numbers from a seed', () => {
    const fn = ({ x }: Tensors) => ({ y: tf.add(x!, tf.randomNormal([2], 0, 1, 'float32', 7)) })
    const [first, second] = [recordOps(fn, { x: float(2) }), recordOps(fn, { x: float(2) })]
    expect(first.constants[0]!.bytes).toEqual(second.constants[0]!.bytes)
  })
})

describe('a function cannot be recorded that', () => {
  let left: tf.Tensor | undefined
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2]), true, 'weight'))

  it.each<[string, (x: tf.Tensor) => tf.Tensor, RegExp]>([
    ['reads values', (x) => tf.mul(x, x.dataSync()[0]!), /the values of a tensor were read/],
    ['reads values by array', (x) => tf.mul(x, (x.arraySync() as number[])[0]!), /the values of a tensor were read/],
    ['decides by values', (x) => (tf.max(x).dataSync()[0]! > 0 ? x : tf.neg(x)), /the values of a tensor were read/],
    [
      'uses an op without a counterpart',
      (x) => tf.unique(x).values,
      /the op 'Unique' cannot be compiled: the shape of its result depends on values/,
    ],
    [
      'uses an op that ONNX lacks',
      (x) => tf.dilation2d(tf.reshape(x, [1, 1, 2, 1]) as tf.Tensor4D, tf.ones([1, 1, 1]), 1, 'same'),
      /the op 'Dilation2D' cannot be compiled: ONNX has no operator for it/,
    ],
    [
      'draws numbers of given chances',
      (x) => tf.multinomial(x as tf.Tensor1D, 2, 7, true),
      /the op 'Multinomial' cannot be compiled: it draws random numbers/,
    ],
    ['draws random numbers', (x) => tf.add(x, tf.randomUniform([2])), /a random number was drawn/],
    ['drops out', (x) => tf.dropout(x, 0.5), /a random number was drawn/],
    ['uses strings', () => tf.tensor1d(['a', 'b'], 'string'), /a tensor of type string was used/],
    [
      'uses complex numbers',
      (x) => tf.real(tf.spectral.fft(tf.complex(x, x))),
      /'(Complex|FFT)' cannot be compiled: it works on complex numbers/,
    ],
    ['uses a variable', (x) => tf.add(x, variable), /the variable 'weight' was used/],
    ['makes a variable and uses it', (x) => tf.neg(tf.variable(x)), /the variable '.*' was used/],
    ['uses a tensor of another recording', (x) => tf.add(x, left!), /a tensor of another recording was used/],
    ['records another', (x) => (recordOps(() => ({ y: tf.scalar(1) }), {}), x), /another function is being recorded/],
  ])('%s: the error names the line', (_, fn, message) => {
    recordOps(
      ({ x }) => {
        left = tf.keep(tf.neg(x!))
        return { x: x! }
      },
      { x: float(2) },
    )
    const before = tf.memory().numTensors
    let thrown: unknown
    try {
      recordOps(({ x }) => ({ y: fn(x!) }), { x: float(2) })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'NOT_RECORDABLE', message: expect.stringMatching(message) })
    expect((thrown as Error).message).toMatch(/, at .*recorder\.test\.ts:\d+:\d+\. [A-Z]/)
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.getBackend()).toBe('cpu')
  })

  it('needs an op without a counterpart for a gradient: the error names the line that requested it', () => {
    const fn = ({ x }: Tensors) => ({ y: tf.grad((x) => tf.unique(x).values)(x!) })
    expect(() => recordOps(fn, { x: float(2) })).toThrow(/'Unique'.* at .*recorder\.test\.ts/)
  })
})
