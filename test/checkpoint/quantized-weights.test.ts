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

describe.each(['int8', 'int8-rows', 'int4'] as const)('a weight stored as %s', (storage) => {
  it('is read as floats at most half a step away, and as the integers and scales that were written', async () => {
    const sizes = fc.integer({ min: 1, max: 20 })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.float({ noNaN: true, min: 1, max: 1000 }), async (rows, count, factor) => {
        const columns = storage === 'int4' ? 32 * Math.ceil(count / 8) : count
        const matrix = weight([rows, columns], (i) => factor * Math.sin(i + factor))
        const restored = restore(quantizedTensors('w', matrix, storage))
        expect([...restored.keys()]).toEqual(['w'])
        const tensor = restored.get('w')!
        expect(tensor).toMatchObject({ name: 'w', shape: [rows, columns], dtype: 'float32' })
        const stored = await quantizedSource(tensor)!.read()
        const { values, scales } = quantize(matrix.data as Float32Array, rows, storage)
        expect(stored).toEqual({ storage, values, scales })
        // With 4-bit integers, the largest values may be clipped.
        const steps = storage === 'int4' ? 2.8 : 0.501
        const perScale = (rows * columns) / scales.length
        const floats = await tensor.read()
        matrix.data.forEach((value, i) => {
          const difference = Math.abs(Number(floats[i]) - Number(value))
          expect(difference).toBeLessThanOrEqual(steps * scales[Math.floor(i / perScale)]!)
        })
      }),
    )
  })

  it('has the size that its type says', () => {
    const tensor = restore(quantizedTensors('w', weight([6, 64]), storage)).get('w')!
    const byteLength = storage === 'int4' ? 6 * (32 + 2 + 4) : 6 * (64 + 4)
    expect(quantizedSource(tensor)).toMatchObject({ storage, byteLength })
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
    ['without scales', [['w.int8_columns', integers]], /expected w.scales of float32 \[3\], got no such tensor/],
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
      /expected w.int8_columns of int8 \[4, 3\], got uint8/,
    ],
    [
      'of integers that are no matrix',
      [
        ['w.int8_columns', { ...integers, shape: [2, 2, 3] }],
        ['w.scales', scales],
      ],
      /cannot have the shape \[2, 2, 3\]/,
    ],
    [
      'that is empty',
      [['w.int8_rows', { data: new Int8Array(), shape: [0, 4], dtype: 'int8' }]],
      /cannot have the shape \[0, 4\]/,
    ],
    [
      'that is a scalar',
      [['w.int8_rows', { data: new Int8Array(1), shape: [], dtype: 'int8' }]],
      /cannot have the shape \[\]/,
    ],
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

  const blocks = new Map(quantizedTensors('w', weight([3, 64]), 'int4'))
  const withTensor = (name: string, tensor: HostTensor) => restore(new Map([...blocks, [name, tensor]]))

  it.each([
    ['blocks of another size', 'w.int4_blocks', { data: new Uint8Array(48), shape: [3, 2, 8], dtype: 'uint8' }],
    ['blocks in a matrix', 'w.int4_blocks', { data: new Uint8Array(96), shape: [3, 32], dtype: 'uint8' }],
    ['fewer scales than blocks', 'w.scales', { data: new Uint8Array(3), shape: [3, 1], dtype: 'uint8' }],
    ['more steps than rows', 'w.scale_steps', { data: new Float32Array(4), shape: [4], dtype: 'float32' }],
  ] as [string, string, HostTensor][])('refuses 4-bit integers with %s', (_, name, tensor) => {
    expect(() => withTensor(name, tensor)).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }))
  })

  it.each([
    ['w.scales', new Uint8Array(6), /multiples from 1 to 255/],
    ['w.scale_steps', Float32Array.of(1, NaN, 1), /positive numbers/],
  ] as const)('refuses 4-bit integers with forged values of %s', async (name, data, message) => {
    const tensor = withTensor(name, { ...blocks.get(name)!, data }).get('w')!
    await expect(tensor.read()).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: expect.stringMatching(message),
    })
  })

  it('either refuses forged tensors with a code, or reads as many finite values as their shape says', async () => {
    const shape = fc.array(fc.constantFrom<number>(0, 1, 2, 3, 16), { maxLength: 4 })
    const dtype = fc.constantFrom('int8', 'uint8', 'float32', 'float16', 'int32')
    const name = fc.constantFrom(
      'a.int4_blocks',
      'a.scale_steps',
      'a',
      'a.scales',
      'a.int8_columns',
      'a.int8_rows',
      '.int8_rows',
      '.scales',
    )
    const tensor = fc.record({ shape, dtype, value: fc.double() })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, tensor), { maxLength: 4 }), async (given) => {
        const tensors = given.map(([name, { shape, dtype, value }]) => {
          const count = shape.reduce<number>((a, b) => a * b, 1)
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
