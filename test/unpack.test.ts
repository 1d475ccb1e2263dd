import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { unpack as unpackInNode } from '../src/unpack.node.ts'
import { unpack } from '../src/unpack'

const packed = (bytes: readonly number[]) => deflateSync(Uint8Array.from(bytes)).toString('base64')

it.each([
  ['in browsers', unpack],
  ['in Node', unpackInNode],
])('returns the packed bytes %s, also if there are none', async (_, unpackHere) => {
  const bytes = Array.from({ length: 1000 }, (_, i) => (i * 37) % 256)
  expect([...(await unpackHere(packed(bytes)))]).toEqual(bytes)
  expect(await unpackHere(packed([]))).toHaveLength(0)
})
