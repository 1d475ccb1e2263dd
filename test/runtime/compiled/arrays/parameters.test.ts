import { matMul, slice, split, type Tensor2D } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { fused } from '../../../../src/ops/fused'
import { quantizeColumns } from '../../../../src/quantization/int8'
import { toSigned, toUnsigned } from '../../../../src/quantization/unsigned'
import { createStoredParameters, type StoredParameters } from '../../../../src/runtime/compiled/arrays/parameters'
import { recordProgram } from '../../../../src/runtime/compiled/sessions/record-program'
import { withoutUpdates, type AnyTensors, type Parameters } from '../../../../src/runtime/runtime'
import { chooseRuntime } from '../../../../src/runtime/device'
import type { Storage } from '../../../../src/compile/storage'
import { largestDifference } from '../../../ops/compare'

const weight = { data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)), shape: [6, 4] }
const bias = { data: Float32Array.from({ length: 6 }, (_, i) => i / 2), shape: [6] }
const x = { data: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)), shape: [2, 4] }

function parametersAs(storage: Storage, parameters: Parameters = createStoredParameters()) {
  parameters.set('weight', weight, storage)
  parameters.set('bias', bias)
  return parameters as StoredParameters
}

const whole = { of: 'weight', array: 'values', rows: [0, 6] } as const
const middle = { of: 'weight', array: 'values', rows: [2, 4] } as const

describe('stored parameters', () => {
  it.each(['float32', 'float16', 'int8'] as const)('are read back as stored in %s', (storage) => {
    const tolerance = { float32: 0, float16: 1e-3, int8: 1 / 254 }[storage]
    expect(largestDifference(parametersAs(storage).read('weight'), weight.data)).toBeLessThanOrEqual(tolerance)
  })

  it.each([
    ['float32', Float32Array, [2, 4]],
    ['float16', Uint16Array, [2, 4]],
    ['int8', Int8Array, [4, 2]],
  ] as const)('give whole rows of %s', (storage, array, shape) => {
    const part = parametersAs(storage).part(middle)
    expect(part.data).toBeInstanceOf(array)
    expect(part.shape).toEqual(shape)
  })

  it('share their memory with their parts', () => {
    const parameters = parametersAs('float32')
    expect(parameters.part(middle).data.buffer).toBe(parameters.part(whole).data.buffer)
  })

  it('give new parts after new values', () => {
    const parameters = parametersAs('float32')
    parameters.part(middle)
    parameters.set('weight', { ...weight, data: new Float32Array(24).fill(7) })
    expect(parameters.part(middle).data).toEqual(new Float32Array(8).fill(7))
  })
})

describe('stored parameters of integers plus 128', () => {
  const signed = parametersAs('int8')
  const unsigned = parametersAs('int8', createStoredParameters(true))

  it('are parts of bytes for graphs', () => {
    expect(unsigned.forms.get('weight')!.storage).toBe('uint8')
    for (const part of [whole, middle]) {
      const { type, data, shape } = unsigned.part(part)
      expect([type, shape]).toEqual(['uint8', signed.part(part).shape])
      expect(data).toEqual(Uint8Array.from(signed.part(part).data, (value) => value + 128))
    }
  })

  it('are int8 for everyone else', () => {
    expect(unsigned.storage('weight')).toBe('int8')
    expect(unsigned.read('weight')).toEqual(signed.read('weight'))
    expect(unsigned.readQuantized('weight')).toMatchObject(toSigned(toUnsigned(quantizeColumns(weight.data, 6))))
  })

  it('leave the given integers as they are', () => {
    const given = quantizeColumns(weight.data, 6)
    const before = given.values.slice()
    const parameters = createStoredParameters(true)
    parameters.setQuantized('weight', given, weight.shape)
    parameters.part(whole)
    expect(given.values).toEqual(before)
  })
})

describe('a graph of parameters', () => {
  const ops = (graph: ReturnType<typeof recordProgram>) => graph.nodes.map(({ op }) => op)
  const product = ({ x }: Record<string, Tensor2D>, weights: ReadonlyMap<string, unknown>) =>
    fused(
      'DreamLIPLinear',
      { x: x!, weight: weights.get('weight') as Tensor2D, bias: weights.get('bias') as Tensor2D },
      {},
      () => {
        throw new Error('the recorder has this kernel')
      },
    )

  it('takes rows of a parameter as an input, without a node', () => {
    const rowsOf = withoutUpdates(({ x }: AnyTensors, weights) => ({
      y: matMul(x!, slice(weights.get('weight')!, [2, 0], [2, 4]), false, true),
    }))
    const graph = recordProgram(rowsOf, { x }, [parametersAs('float32')], 'onnxruntime')
    expect(ops(graph)).toEqual(['Gemm'])
    expect(graph.inputs.map(({ parameter }) => parameter)).toEqual([undefined, middle])
  })

  it('splits a product into products with rows of the parameter', () => {
    const parts = withoutUpdates((inputs: AnyTensors, weights) => {
      const [a, b, c] = split(product(inputs as Record<string, Tensor2D>, weights), 3, 1)
      return { a: a!, b: b!, c: c! }
    })
    const graph = recordProgram(parts, { x }, [parametersAs('float32')], 'onnxruntime')
    expect(ops(graph).filter((op) => op !== 'Reshape')).toEqual(['Gemm', 'Add', 'Gemm', 'Add', 'Gemm', 'Add'])
  })

  it.each([
    ['float32', 'float32', undefined],
    ['float16', 'float16', undefined],
    ['int8', 'int8', undefined],
    ['int8 plus 128', 'int8', createStoredParameters(true)],
  ] as const)('gives the same values split and whole, stored as %s', async (_, storage, own) => {
    const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
    const parameters = parametersAs(storage, own ?? runtime.createParameters())
    const program = runtime.prepare((inputs, weights) => {
      const y = product(inputs as Record<string, Tensor2D>, weights)
      const [a, b, c] = split(y, 3, 1)
      return { y, a: a!, b: b!, c: c! }
    }, parameters)
    const { y, ...parts } = await program.run({ x })
    const rows = [0, 1].map((row) =>
      Object.values(parts).flatMap(({ data }) => [...data.subarray(row * 2, row * 2 + 2)]),
    )
    expect(largestDifference(Float32Array.from(rows.flat()), y.data as Float32Array)).toBeLessThan(1e-6)
    const expected = [0, 1].flatMap((row) =>
      Array.from(bias.data, (b, i) =>
        [0, 1, 2, 3].reduce((sum, k) => sum + x.data[row * 4 + k]! * weight.data[i * 4 + k]!, b),
      ),
    )
    const tolerance = { float32: 1e-6, float16: 2e-3, int8: 2e-2 }[storage]
    expect(largestDifference(y.data as Float32Array, expected)).toBeLessThan(tolerance)
  })

  it('never clips sums of products of integers', async () => {
    const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
    const parameters = runtime.createParameters()
    parameters.set('weight', { data: new Float32Array(6 * 64).fill(1), shape: [6, 64] }, 'int8')
    parameters.set('bias', bias)
    const program = runtime.prepare(
      (inputs, weights) => ({ y: product(inputs as Record<string, Tensor2D>, weights) }),
      parameters,
    )
    for (const rows of [1, 2, 7]) {
      const { y } = await program.run({ x: { data: new Float32Array(rows * 64).fill(-1), shape: [rows, 64] } })
      const expected = Array.from({ length: rows * 6 }, (_, i) => bias.data[i % 6]! - 64)
      expect(largestDifference(y.data as Float32Array, expected)).toBeLessThan(1e-4)
    }
  })
})
