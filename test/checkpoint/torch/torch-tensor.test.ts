import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import { dict, int, long, program, tensor, torchFile, type TensorPlan } from './builders/pickle'

/** Opens a file with one tensor and reads it. */
async function read(
  plan: TensorPlan,
  ...rest: [storages?: Parameters<typeof torchFile>[1], more?: Parameters<typeof torchFile>[2]]
) {
  const { tensors } = await readCheckpoint(torchFile(program(dict([['w', tensor(plan)]])), ...rest))
  return tensors.get('w')!.read()
}

async function expectRefusal(
  plan: TensorPlan,
  message: RegExp,
  ...rest: Parameters<typeof read> extends [unknown, ...infer R] ? R : never
) {
  await expect(read(plan, ...rest)).rejects.toMatchObject({
    code: expect.stringMatching(/TENSOR_INVALID|PICKLE_INVALID|FORMAT_UNKNOWN/),
    message: expect.stringMatching(message),
  })
}

const ints = (...values: number[]) => values.map(int)

describe('views of a storage', () => {
  it.each([
    ['transposed', { shape: ints(2, 2), stride: ints(1, 2) }, [1, 3, 2, 4]],
    ['from an offset', { shape: ints(2), stride: ints(1), offset: int(2) }, [3, 4]],
    ['repeated by a stride of 0', { shape: ints(3, 2), stride: ints(0, 1) }, [1, 2, 1, 2, 1, 2]],
    ['every other', { shape: ints(2), stride: ints(2) }, [1, 3]],
    ['a scalar', { shape: [], stride: [] }, [1]],
    ['empty', { shape: ints(0, 5), stride: ints(5, 1) }, []],
    ['of a length of 1 with an odd stride', { shape: ints(1, 2), stride: ints(999, 1) }, [1, 2]],
  ])('are read row by row: %s', async (_, plan, expected) => {
    expect([...((await read(plan)) as Float32Array)]).toEqual(expected)
  })
})

describe('a broken tensor is refused', () => {
  it('if the product of its sizes overflows', async () => {
    const huge = Array.from({ length: 8 }, () => int(2 ** 30))
    await expectRefusal({ shape: huge, stride: ints(...Array<number>(8).fill(0)) }, /'w' has too many elements/)
  })

  it('if its storage has fewer bytes than its count says', async () => {
    await expectRefusal({}, /'w' is in storage '0', which has 8 bytes instead of 16/, [['0', new Uint8Array(8)]])
  })

  it.each([
    ['a negative size', { shape: [int(-2), int(2)] }],
    ['a negative stride', { stride: [int(-2), int(1)] }],
    ['a negative offset', { offset: int(-1) }],
    ['a fractional size', { shape: [int(1.5), int(2)] }],
    ['an offset that is NaN', { offset: int(NaN) }],
    ['a size of 2^62', { shape: [long(2n ** 62n), int(2)] }],
    ['fewer strides than sizes', { stride: ints(1) }],
  ])('with %s', async (_, plan) => {
    await expectRefusal(plan, /expected whole numbers from 0/)
  })

  it.each([
    ['offset', { offset: int(1) }],
    ['shape', { shape: ints(3, 2) }],
    ['stride', { stride: ints(3, 1) }],
  ])('if its %s extends beyond the storage', async (_, plan) => {
    await expectRefusal(plan, /'w' ends at element \d+ of storage '0', beyond/)
  })

  it('if a stride of 0 repeats one value 10^12 times', async () => {
    await expectRefusal({ shape: ints(1e6, 1e6), stride: ints(0, 0) }, /'w' repeats 1 values 1000000000000 times/)
  })

  it.each([
    ['types', { type: 'HalfStorage' }],
    ['counts', { count: int(3), shape: ints(1), stride: ints(1) }],
  ])('if its storage is described twice with different %s', async (_, second) => {
    const data = program(
      dict([
        ['w', tensor()],
        ['x', tensor(second)],
      ]),
    )
    await expect(readCheckpoint(torchFile(data))).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: expect.stringMatching(/storage '0' is described twice/),
    })
  })

  it.each(['7', '../0', '/etc/passwd', '0\0', '__proto__'])('if its storage %j does not exist', async (key) => {
    await expectRefusal({ key }, /storage|missing/)
  })

  it('if the byte order is not little-endian', async () => {
    const order = (text: string) => [{ name: 'archive/byteorder', data: Buffer.from(text) }]
    await expectRefusal({}, /byte ?order|big/i, undefined, order('big'))
    await expectRefusal({}, /byte ?order|middle/i, undefined, order('middle'))
    expect(await read({}, undefined, order('little'))).toEqual(Float32Array.of(1, 2, 3, 4))
  })

  it('if its type is complex', async () => {
    await expectRefusal({ type: 'ComplexFloatStorage' }, /ComplexFloat, which is not supported/)
  })
})
