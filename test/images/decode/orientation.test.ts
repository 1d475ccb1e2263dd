import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import type { RawImage } from '../../../src/images/raw-image'
import { asStored, orientedFile, orientations, turnedHEIC, upright } from './oriented-files'

/** The mean difference of two pictures' bytes. */
function difference(a: RawImage, b: RawImage): number {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels])
  return [...a.data].reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

describe('every EXIF orientation', () => {
  it.each([
    ['jpeg', 1.5],
    ['png', 0],
    ['webp', 0],
    ['tiff', 0],
    ['avif', 1.5],
  ] as const)('is applied to %s', async (format, limit) => {
    for (const orientation of orientations) {
      const image = await decodeImage(await orientedFile(format, upright(), orientation))
      expect(difference(image, upright()), `orientation ${orientation}`).toBeLessThanOrEqual(limit)
    }
  })

  it.each(['jpeg', 'png', 'webp'] as const)('of %s can be ignored', async (format) => {
    for (const orientation of orientations) {
      const bytes = await orientedFile(format, upright(), orientation)
      const image = await decodeImage(bytes, { exifOrientation: false })
      expect(difference(image, asStored(upright(), orientation))).toBeLessThanOrEqual(1.5)
    }
  })
})

describe('HEIC', () => {
  /** Mirroring, then counter-clockwise turns, and the orientation with the same effect on the stored rows. */
  it.each([
    ['none', 0, 1],
    ['leftRight', 0, 2],
    ['none', 2, 3],
    ['topBottom', 0, 4],
    ['leftRight', 1, 5],
    ['none', 3, 6],
    ['leftRight', 3, 7],
    ['none', 1, 8],
  ] as const)(
    'that is mirrored (%s) and turned by %i quarters is upright, as orientation %i',
    async (axis, quarters, orientation) => {
      const image = await decodeImage(turnedHEIC(axis, quarters))
      const stored = await decodeImage(readFileSync(new URL('../../fixtures/images/heic/photo.heic', import.meta.url)))
      expect(difference(asStored(image, orientation), stored)).toBeLessThan(2)
    },
  )
})

describe("decode: 'fast'", () => {
  const options = { size: 24, mean: [0, 0, 0], std: [1, 1, 1] } as const

  it.each([
    ['jpeg', 'shortest'],
    ['webp', 'shortest'],
    ['jpeg', 'squash'],
    ['jpeg', 'longest'],
  ] as const)('turns %s as exact decoding does, with pixels close to it (%s)', async (format, resizeMode) => {
    for (const orientation of orientations) {
      const bytes = await orientedFile(format, upright(300, 200), orientation)
      const exact = await preprocessImage(bytes, { ...options, resizeMode })
      const fast = await preprocessImage(bytes, { ...options, resizeMode, decode: 'fast' })
      const differences = fast.data.map((value, i) => Math.abs(value - exact.data[i]!))
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
      expect(mean, `orientation ${orientation}`).toBeLessThan(0.005)
      expect(mean, 'another path').toBeGreaterThan(0)
    }
  })

  it('obeys exifOrientation: false', async () => {
    const bytes = await orientedFile('jpeg', upright(300, 200), 6)
    const stored = { ...options, exifOrientation: false, decode: 'fast' } as const
    const turned = await preprocessImage(bytes, { ...options, decode: 'fast' })
    const upside = await preprocessImage(await orientedFile('jpeg', asStored(upright(300, 200), 6), 1), stored)
    expect(await preprocessImage(bytes, stored)).toEqual(upside)
    expect(turned).not.toEqual(upside)
  })
})
