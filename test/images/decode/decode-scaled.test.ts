import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import { preprocessInPool } from '../../../src/images/preprocess/preprocess-pool.node.ts'
import { upright } from './oriented-files'

const folder = mkdtempSync(join(tmpdir(), 'scaled-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const picture = () => {
  const { data, width, height } = upright(512, 384)
  return sharp(data, { raw: { width, height, channels: 3 } })
}
const bytesOf = async (pipeline: Sharp) => new Uint8Array(await pipeline.toBuffer())

const isSame = async (bytes: Uint8Array, options: object) => {
  const exact = await preprocessImage(bytes, options)
  const fast = await preprocessImage(bytes, { ...options, decode: 'fast' })
  return Buffer.from(exact.data.buffer).equals(Buffer.from(fast.data.buffer))
}

describe("decode: 'fast'", () => {
  it('scales JPEG and WebP files that are at least four times as large as needed', async () => {
    for (const bytes of [await bytesOf(picture().jpeg()), await bytesOf(picture().webp())]) {
      expect(await isSame(bytes, { size: 96 })).toBe(false)
      expect(await isSame(bytes, { size: 97 })).toBe(true)
      expect(await isSame(bytes, { size: 96, resizeMode: 'squash' })).toBe(false)
      expect(await isSame(bytes, { size: 129, resizeMode: 'longest' })).toBe(true)
    }
  })

  it.each(['bicubic', 'bilinear', 'lanczos'] as const)(
    'is close to exact decoding with the filter %s',
    async (interpolation) => {
      const bytes = await bytesOf(picture().jpeg())
      const options = { size: 24, interpolation, mean: [0, 0, 0], std: [1, 1, 1] }
      const [exact, fast] = [
        await preprocessImage(bytes, options),
        await preprocessImage(bytes, { ...options, decode: 'fast' }),
      ]
      const mean = fast.data.reduce((sum, value, i) => sum + Math.abs(value - exact.data[i]!), 0) / fast.data.length
      expect(mean).toBeGreaterThan(0)
      expect(mean).toBeLessThan(0.004)
    },
  )

  it('is exact decoding for other formats, alpha, CMYK and nearest neighbour', async () => {
    const transparent = await bytesOf(picture().ensureAlpha(0.5).webp())
    for (const bytes of [
      await bytesOf(picture().png()),
      await bytesOf(picture().tiff()),
      await bytesOf(picture().png({ palette: true })),
      await bytesOf(picture().toColourspace('cmyk').jpeg()),
      transparent,
    ]) {
      expect(await isSame(bytes, { size: 24 })).toBe(true)
    }
    expect(await isSame(await bytesOf(picture().jpeg()), { size: 24, interpolation: 'nearest' })).toBe(true)
  })

  it('keeps gray JPEG files gray', async () => {
    const bytes = await bytesOf(picture().toColourspace('b-w').jpeg())
    const { data } = await preprocessImage(bytes, { size: 24, mean: [0, 0, 0], std: [1, 1, 1], decode: 'fast' })
    expect(data.slice(0, 576)).toEqual(data.slice(1152))
  })

  it('is the same in threads, from a path and from bytes', async () => {
    const bytes = await bytesOf(picture().jpeg())
    const path = join(folder, 'picture.jpg')
    writeFileSync(path, bytes)
    const here = await preprocessImage(bytes, { decode: 'fast', size: 24 })
    for (const image of [path, bytes]) {
      expect(await preprocessInPool(image, { decode: 'fast', size: 24 })).toEqual(here)
    }
  })

  it('refuses files that are cut off or damaged, and unknown modes', async () => {
    for (const bytes of [await bytesOf(picture().jpeg()), await bytesOf(picture().webp())]) {
      const cut = bytes.slice(0, bytes.length >> 1)
      await expect(preprocessImage(cut, { size: 24, decode: 'fast' })).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
      await expect(preprocessImage(bytes, { decode: 'quick' as never })).rejects.toThrow(
        'decode: expected one of exact, fast; got "quick".',
      )
    }
  })
})
