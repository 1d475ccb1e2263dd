import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantizedSource } from '../../src/checkpoint/quantized-source'
import { quantizedTensors, restoreQuantized } from '../../src/checkpoint/quantized-weights'
import type { CheckpointTensor, HostTensor } from '../../src/checkpoint/tensor'
import { quantize } from '../../src/quantization/quantized'

function inFile(tensors: Iterable<readonly [string, HostTensor]>): Map<string, CheckpointTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { name, dtype: tensor.dtype, shape: [...tensor.shape], read: async () => tensor.data },
    ]),
  )
}

const weight = (shape: number[], value = (i: number) => Math.sin(i)): HostTensor => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
  shape,
  dtype: 'float32',
})

const restore = (tensors: Iterable<readonly [string, HostTensor]>, version: unknown = '1') =>
  restoreQuantized('model.safetensors', version, inFile(tensors))

describe.each(['int8', 'int8-rows'] as const)('a weight stored as %s', (storage) => {
  it('is read as floats at most half a step away, and as the integers and scales that were written', async () => {
    const sizes = fc.integer({ min: 1, max: 20 })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.float({ noNaN: true, min: 1, max: 1000 }), async (rows, columns, factor) => {
        const matrix = weight([rows, columns], (i) => factor * Math.sin(i + factor))
        const restored = restore(quantizedTensors('w', matrix, storage))
        expect([...restored.keys()]).toEqual(['w'])
        const tensor = restored.get('w')!
        expect(tensor).toMatchObject({ name: 'w', shape: [rows, columns], dtype: 'float32' })
        const stored = await quantizedSource(tensor)!.read()
        expect(stored).toEqual(quantize(matrix.data as Float32Array, rows, storage))
        const values = await tensor.read()
        matrix.data.forEach((value, i) => {
          const step = stored.scales[Math.floor(i / columns)]!
          expect(Math.abs(Number(values[i]) - Number(value))).toBeLessThanOrEqual(step * 0.501)
        })
      }),
    )
  })

  it('takes one byte per value and four per row', () => {
    const tensor = restore(quantizedTensors('w', weight([6, 10]), storage)).get('w')!
    expect(quantizedSource(tensor)).toMatchObject({ storage, byteLength: 60 + 24 })
  })
})

describe('quantizedSource', () => {
  const tensor = restore(quantizedTensors('w', weight([2, 3]), 'int8')).get('w')!

  it('knows a tensor under another name', () => {
    expect(quantizedSource({ ...tensor, name: 'renamed' })?.storage).toBe('int8')
  })

  it('knows no tensor with other values, or in another shape', () => {
    expect(quantizedSource({ ...tensor, read: async () => new Float32Array(6) })).toBeUndefined()
    expect(quantizedSource({ ...tensor, shape: [3, 2] })).toBeUndefined()
  })
})

describe('restoreQuantized', () => {
  it('leaves other tensors as they are', () => {
    const bias = weight([3])
    const restored = restore([['b', bias], ...quantizedTensors('w', weight([3, 4]), 'int8')])
    expect([...restored.keys()].sort()).toEqual(['b', 'w'])
  })

  it.each(['2', 2, '', null])('refuses version %j of the format', (version) => {
    expect(() => restore([], version)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MISMATCH', message: expect.stringContaining('update dreamlip') }),
    )
  })

  const [[, integers], [, scales]] = quantizedTensors('w', weight([3, 4]), 'int8') as [
    [string, HostTensor],
    [string, HostTensor],
  ]
  const wrong: [string, [string, HostTensor][], RegExp][] = [
    ['without scales', [['w.int8_columns', integers]], /expected scales of float32 \[3\], got none/],
    [
      'with scales of another type',
      [
        ['w.int8_columns', integers],
        ['w.scales', { ...scales, dtype: 'float16' }],
      ],
      /got float16 \[3\]/,
    ],
    [
      'with too many scales',
      [
        ['w.int8_columns', integers],
        ['w.scales', weight([4])],
      ],
      /got float32 \[4\]/,
    ],
    [
      'with scales in a matrix',
      [
        ['w.int8_columns', integers],
        ['w.scales', weight([3, 1])],
      ],
      /got float32 \[3, 1\]/,
    ],
    [
      'of integers of another type',
      [
        ['w.int8_columns', { ...integers, dtype: 'uint8' }],
        ['w.scales', scales],
      ],
      /expected integers of int8 .*, got uint8/,
    ],
    [
      'of integers that are no matrix',
      [
        ['w.int8_columns', { ...integers, shape: [2, 2, 3] }],
        ['w.scales', scales],
      ],
      /expected a matrix of integers, got the shape \[2, 2, 3\]/,
    ],
    ['that is empty', [['w.int8_rows', { data: new Int8Array(), shape: [0, 4], dtype: 'int8' }]], /not empty/],
    ['that is a scalar', [['w.int8_rows', { data: new Int8Array(1), shape: [], dtype: 'int8' }]], /not empty/],
    [
      'that the file contains twice',
      [['w', weight([3, 4])], ...quantizedTensors('w', weight([3, 4]), 'int8')],
      /twice/,
    ],
    [
      'that the file contains in two forms',
      [...quantizedTensors('w', weight([3, 4]), 'int8'), ['w.int8_rows', integers]],
      /twice/,
    ],
  ]
  it.each(wrong)('refuses a weight %s', (_, tensors, message) => {
    expect(() => restore(tensors)).toThrow(
      expect.objectContaining({ code: 'TENSOR_INVALID', message: expect.stringMatching(message) }),
    )
  })

  it.each([0, -1, NaN, Infinity, 1e38])('refuses the scale %d', async (scale) => {
    const tensor = restore([
      ['w.int8_columns', integers],
      ['w.scales', { ...scales, data: Float32Array.of(1, scale, 1) }],
    ]).get('w')!
    for (const read of [tensor.read, quantizedSource(tensor)!.read]) {
      await expect(read()).rejects.toMatchObject({
        code: 'TENSOR_INVALID',
        message: expect.stringMatching(/'w'.*positive numbers.*row 1/),
      })
    }
  })

  it('either refuses forged tensors with a code, or reads as many finite values as their shape says', async () => {
    const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })
    const dtype = fc.constantFrom('int8', 'uint8', 'float32', 'float16', 'int32')
    const name = fc.constantFrom('a', 'a.scales', 'a.int8_columns', 'a.int8_rows', '.int8_rows', '.scales')
    const tensor = fc.record({ shape, dtype, value: fc.double() })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, tensor), { maxLength: 4 }), async (given) => {
        const tensors = given.map(([name, { shape, dtype, value }]) => {
          const count = shape.reduce((a, b) => a * b, 1)
          const data = dtype.startsWith('float')
            ? new Float32Array(count).fill(value)
            : new Int8Array(count).fill(value)
          return [name, { shape, dtype, data } as HostTensor] as const
        })
        try {
          for (const restored of restore(tensors).values()) {
            const values = await restored.read()
            expect(values.length).toBe(restored.shape.reduce((a, b) => a * b, 1))
            if (quantizedSource(restored)) expect([...values].every(Number.isFinite)).toBe(true)
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'TENSOR_INVALID' })
        }
      }),
    )
  })
})
