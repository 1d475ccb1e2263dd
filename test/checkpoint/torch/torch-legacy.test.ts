import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import {
  dict,
  global,
  int,
  legacyFile,
  pickle,
  program,
  tensor,
  tuple,
  unicode,
  type LegacyPlan,
} from './builders/pickle'

const state = program(dict([['w', tensor()]]))

async function read(plan?: LegacyPlan, data = state) {
  const { tensors } = await readCheckpoint(legacyFile(data, plan))
  return tensors.get('w')!.read()
}

async function expectRefusal(plan: LegacyPlan, message: RegExp, data = state): Promise<void> {
  await expect(read(plan, data)).rejects.toMatchObject({
    code: expect.stringMatching(/PICKLE_INVALID|TENSOR_INVALID|OUT_OF_RANGE/),
    message: expect.stringMatching(message),
  })
}

describe('a legacy file', () => {
  it('gives its tensors', async () => {
    expect(await read()).toEqual(Float32Array.of(1, 2, 3, 4))
  })

  it('is refused if it starts with other numbers', async () => {
    await expectRefusal({ magic: int(7) }, /does not start with the numbers/)
  })

  it('is refused when it is cut at any length', async () => {
    const whole = legacyFile(state)
    for (let length = 0; length < whole.length; length++) {
      await expect(readCheckpoint(whole.subarray(0, length))).rejects.toMatchObject({ name: 'DreamLIPError' })
    }
  })

  it('is refused if a storage has another number of elements than the pickle says', async () => {
    await expectRefusal({ count: 3n }, /storage '0' has 3 elements at byte \d+ instead of 4/)
    await expectRefusal({ count: 2n ** 64n - 1n }, /storage '0' has -1 elements/)
    await expectRefusal({ elements: new Uint8Array(15) }, /it ends at byte \d+, but should have \d+ bytes/)
  })

  it('is refused if a storage is used but not listed, or listed but not used', async () => {
    await expectRefusal({ keys: [] }, /storage '0' is missing/)
    await expectRefusal({ keys: ['0', '1'] }, /storage '1' is listed but never used/)
  })

  it('is refused if a big-endian machine wrote it', async () => {
    await expectRefusal({ littleEndian: false }, /got 'big'/)
  })

  it('is refused if a storage is a part of another, as PyTorch before 0.4 wrote them', async () => {
    const part = tuple(unicode('1'), int(2), int(2))
    const storage = tuple(
      unicode('storage'),
      global('torch', 'FloatStorage'),
      unicode('0'),
      unicode('cpu'),
      int(4),
      part,
    )
    const args = tuple(pickle(storage, 'Q'), int(0), tuple(int(4)), tuple(int(1)), pickle(0x89), pickle('}'))
    const view = pickle(global('torch._utils', '_rebuild_tensor_v2'), args, 'R')
    await expectRefusal({}, /storage is not described in the way of PyTorch files/, program(dict([['w', view]])))
  })
})
