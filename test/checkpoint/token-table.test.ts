import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckpointTensor, HostTensor } from '../../src/checkpoint/tensor'
import { pruneTokenTable, restoreTokenTable } from '../../src/checkpoint/token-table'

const vocabularySize = 12
const width = 3

const table: HostTensor = {
  data: Float32Array.from({ length: vocabularySize * width }, (_, i) => Math.sin(i)),
  shape: [vocabularySize, width],
  dtype: 'float32',
}
const norm: HostTensor = { data: Float32Array.of(1, 2, 3), shape: [3], dtype: 'float32' }
const parameters = new Map([
  ['token_embedding.weight', table],
  ['ln_final.weight', norm],
])

function inFile(tensors: Iterable<readonly [string, HostTensor]>): Map<string, CheckpointTensor> {
  return new Map(
    [...tensors].map(([name, { data, dtype, shape }]) => [
      name,
      { name, dtype, shape: [...shape], read: async () => data },
    ]),
  )
}

/** Row by row. */
async function restoredRows(tensors: ReadonlyMap<string, HostTensor>): Promise<number[][]> {
  const whole = restoreTokenTable(inFile(tensors), vocabularySize)
  const { shape, read } = whole.get('token_embedding.weight')!
  expect([...whole.keys()].sort()).toEqual(['ln_final.weight', 'token_embedding.weight'])
  expect(shape).toEqual([vocabularySize, width])
  const values = [...(await read())].map(Number)
  return Array.from({ length: vocabularySize }, (_, row) => values.slice(row * width, (row + 1) * width))
}

const rowsOfTable = Array.from({ length: vocabularySize }, (_, row) =>
  [...table.data].map(Number).slice(row * 3, row * 3 + 3),
)

describe('a pruned token table', () => {
  it('contains the rows of the requested tokens, once each, and those of the start and end token', () => {
    const pruned = pruneTokenTable(parameters, [7, 2, 7])
    const { data, shape } = pruned.get('token_embedding.weight')!
    expect(pruned.get('token_embedding.ids')).toEqual({ data: Int32Array.of(2, 7, 10, 11), shape: [4], dtype: 'int32' })
    expect(shape).toEqual([4, width])
    expect([...data]).toEqual([2, 7, 10, 11].flatMap((id) => rowsOfTable[id]!))
    expect(pruned.get('ln_final.weight')).toBe(norm)
  })

  it('is restored with a row for each kept token, and the mean of these rows for all others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(vocabularySize - 1)), async (tokens) => {
        const kept = new Set([...tokens, 10, 11])
        const mean = [0, 1, 2].map((c) => [...kept].reduce((sum, id) => sum + rowsOfTable[id]![c]!, 0) / kept.size)
        const rows = await restoredRows(pruneTokenTable(parameters, tokens))
        rows.forEach((row, id) => {
          if (kept.has(id)) expect(row).toEqual(rowsOfTable[id])
          else row.forEach((value, c) => expect(value).toBeCloseTo(mean[c]!, 6))
        })
      }),
    )
  })

  it.each([-1, 12, 1.5, NaN])('is not made for the id %d', (id) => {
    expect(() => pruneTokenTable(parameters, [0, id])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`from 0 to 11`) }),
    )
  })
})

describe('restoreTokenTable', () => {
  it('does not change a whole table', () => {
    const whole = inFile(parameters)
    expect(restoreTokenTable(whole, vocabularySize)).toBe(whole)
  })

  const withIds = (ids: HostTensor) => new Map([...pruneTokenTable(parameters, [4]), ['token_embedding.ids', ids]])
  const int32 = (...data: number[]): HostTensor => ({
    data: Int32Array.from(data),
    shape: [data.length],
    dtype: 'int32',
  })

  it.each([
    ['fewer ids than rows', int32(4, 10), /one int32 for each of the 3 rows .* got int32 \[2\]/],
    ['more ids than rows', int32(4, 5, 10, 11), /got int32 \[4\]/],
    ['ids in a matrix', { ...int32(4, 10, 11), shape: [3, 1] }, /got int32 \[3, 1\]/],
    ['ids of another type', { data: Float32Array.of(4, 10, 11), shape: [3], dtype: 'float32' }, /got float32 \[3\]/],
    ['an id that occurs twice', int32(4, 10, 4), /id 4 occurs twice/],
    ['an id beyond the vocabulary', int32(4, 10, 12), /id 12 is beyond the vocabulary of 12/],
    ['a negative id', int32(-4, 10, 11), /id -4 is beyond/],
  ] as const)('refuses %s', async (_, ids, message) => {
    const restoring = Promise.resolve().then(() => restoredRows(withIds(ids)))
    await expect(restoring).rejects.toMatchObject({ code: 'TENSOR_INVALID', message: expect.stringMatching(message) })
  })

  it('refuses a table without rows', () => {
    const empty = inFile([
      ['token_embedding.weight', { data: new Float32Array(), shape: [0, width], dtype: 'float32' }],
      ['token_embedding.ids', int32()],
    ])
    expect(() => restoreTokenTable(empty, vocabularySize)).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }))
  })
})
