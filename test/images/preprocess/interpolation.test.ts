import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { preprocessImage, resizeAndCrop, resizeModes } from '../../../src/images/preprocess/preprocess'
import type { Interpolation } from '../../../src/images/resample/kernel'
import type { RawImage } from '../../../src/images/raw-image'
import cases from '../../fixtures/images/modes/interpolations.json'

const modes = new URL('../../fixtures/images/modes/', import.meta.url).pathname
const sizes = [24, 37, 112]

/** The same pixels as in test/parity/interpolations.py. */
function pattern(width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 3) // [height, width, 3]
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    data[i] = x * x * 7 + y * y * 3 + x * y * 11 + (i % 3) * 85
  }
  return { data, width, height, channels: 3 }
}

describe('resizeAndCrop', () => {
  it.each(cases.filter(({ image }) => image !== undefined))(
    'gives Pillow’s pixels: $image, $interpolation',
    async ({ image, interpolation, sha256 }) => {
      const decoded = await decodeImage(`${modes}${image}`)
      const hash = createHash('sha256')
      for (const mode of resizeModes) {
        for (const size of sizes) hash.update(resizeAndCrop(decoded, size, mode, interpolation as Interpolation).data)
      }
      expect(hash.digest('hex')).toBe(sha256)
    },
  )

  it.each(cases.filter(({ image }) => image === undefined))(
    'gives Pillow’s pixels for many sizes: $interpolation',
    ({ interpolation, sha256 }) => {
      const sides = [1, 2, 5, 16, 63, 200]
      const hash = createHash('sha256')
      for (const width of sides) {
        for (const height of sides) {
          for (const size of [1, 3, 16, 50]) {
            hash.update(resizeAndCrop(pattern(width, height), size, 'squash', interpolation as Interpolation).data)
          }
        }
      }
      expect(hash.digest('hex')).toBe(sha256)
    },
  )
})

describe('preprocessImage', () => {
  it.each(['nearest', 'bilinear', 'lanczos'] as const)(
    'resizes a file by %s, in one piece or not',
    async (interpolation) => {
      const path = new URL('../../../examples/photos/chelsea.png', import.meta.url).pathname
      const options = { size: 64, mean: [0, 0, 0], std: [1, 1, 1], interpolation }
      const ofFile = await preprocessImage(path, options)
      const squared = resizeAndCrop(await decodeImage(path), 64, 'shortest', interpolation)
      expect(ofFile).toEqual(await preprocessImage(squared, { ...options, interpolation: 'bicubic' }))
      expect(ofFile).not.toEqual(await preprocessImage(path, { ...options, interpolation: 'bicubic' }))
    },
  )

  it('refuses interpolations that it does not know', async () => {
    const image = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 as const }
    await expect(preprocessImage(image, { interpolation: 'area' as never })).rejects.toThrow(
      'interpolation: expected one of nearest, bilinear, bicubic, lanczos; got "area".',
    )
  })
})
