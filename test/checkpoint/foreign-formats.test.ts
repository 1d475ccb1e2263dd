import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../src/index'

const bytes = (text: string) => Uint8Array.from(text.padEnd(600, '\0'), (letter) => letter.charCodeAt(0))
const tar = bytes('weights.pt'.padEnd(257, '\0') + 'ustar')

describe('a file of another format is refused, and the error says what it is', () => {
  it.each([
    ['nothing', new Uint8Array(), /it is empty/],
    ['a web page', bytes('<!DOCTYPE html><html>'), /web page/],
    ['a Git LFS pointer', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d'), /Git LFS pointer/],
    ['gzip', bytes('\x1f\x8b\x08'), /gzip/],
    ['tar', tar, /tar archive/],
    ['HDF5', bytes('\x89HDF\r\n\x1a\n'), /HDF5/],
    ['GGUF', bytes('GGUF\x03'), /GGUF/],
    ['ONNX', bytes('\x08\x07\x12\x07pytorch'), /ONNX/],
    ['MessagePack', bytes('\x81\xa6params\x82'), /MessagePack.*Flax/],
    ['NumPy', bytes('\x93NUMPY\x01\x00'), /NumPy/],
    ['JSON', Uint8Array.from(Buffer.from('{"model_type": "clip"}')), /JSON/],
    ['anything else', bytes('\x01\x02\x03\x04'), /starts with 01 02 03 04/],
  ])('%s', async (_, content, message) => {
    await expect(readCheckpoint(content)).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(message),
    })
  })
})
