import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { fileKind, firstBytesInHex } from '../../src/bytes/file-kind'

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

it.each([
  ['zip', readFileSync('test/fixtures/models/mini.pt')],
  ['gzip', gzipSync('a')],
  ['tar', bytes('weights.pt'.padEnd(257, '\0') + 'ustar')],
  ['zstd', bytes('\x28\xb5\x2f\xfd')],
  ['png', bytes('\x89PNG\r\n\x1a\n')],
  ['jpeg', readFileSync('examples/photos/rocket.jpg')],
  ['webp', bytes('RIFF\x08\0\0\0WEBP')],
  ['tiff', bytes('MM\0*')],
  ['safetensors', bytes('\x40\0\0\0\0\0\0\0{"')],
  ['torchLegacy', bytes('\x80\x02\x8a\x0al')],
  ['messagePack', bytes('\xde\0\x01\xa6params')],
] as const)('recognises %s', (kind, head) => {
  expect(fileKind(head, [kind])).toBe(kind)
  expect(fileKind(head.subarray(0, 2), ['safetensors', 'tar', 'png', 'webp'])).toBeUndefined()
})

it('returns the first of the given kinds that fits, and no other', () => {
  const avi = bytes('RIFF\0\0\0\0AVI ')
  expect(fileKind(avi, ['webp', 'avi'])).toBe('avi')
  expect(fileKind(avi, ['webp'])).toBeUndefined()
  expect(fileKind(new Uint8Array(), ['zip', 'json'])).toBeUndefined()
})

it('shows the first bytes', () => {
  expect(firstBytesInHex(bytes('\x01\x0a\xffPK'))).toBe('01 0a ff 50')
})
