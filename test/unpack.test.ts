import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { unpack, unpackHalves } from '../src/unpack'

const packed = (bytes: readonly number[]) => deflateSync(Uint8Array.from(bytes)).toString('base64')

it('returns the packed bytes, also if there are none', async () => {
  const bytes = Array.from({ length: 1000 }, (_, i) => (i * 37) % 256)
  expect([...(await unpack(packed(bytes)))]).toEqual(bytes)
  expect(await unpack(packed([]))).toHaveLength(0)
})

it('joins low and high bytes that were packed separately', async () => {
  expect([...(await unpackHalves(packed([1, 3, 5, 2, 4, 6])))]).toEqual([1, 2, 3, 4, 5, 6])
})
