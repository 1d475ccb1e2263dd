import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import sharp from 'sharp'
import { decodeImage, decodeResized } from '../../src/images/decode/decode.node.ts'
import { readImageHeader, type SizedHeader } from '../../src/images/formats/image-header'
import { openBands } from '../../src/images/decode/sharp.node.ts'
import { bandPixels, inMemory, readBands } from '../../src/images/open-image'
import { preprocessImage } from '../../src/images/preprocess/preprocess'
import type { RawImage } from '../../src/images/raw-image'
import { startResize } from '../../src/images/resample/resize'
import type { ResizePlan } from '../../src/images/resample/resize-plan'

const fixtures = new URL('../fixtures/images/', import.meta.url).pathname

describe('large images', () => {
  it.each(['rgb.png', 'rgba.png', 'gray-alpha.png', 'palette.png', 'cmyk.jpg', 'one-bit.png'])(
    'are the same resized row by row and as a whole: %s',
    async (name) => {
      const image = await decodeImage(`${fixtures}modes/${name}`)
      const plans: ResizePlan[] = [
        { part: [0, 0, image.width, image.height], width: 29, height: 17, region: [3, 2, 20, 11] },
        { part: [5, 7, 30, 20], width: 64, height: 64, region: [0, 0, 64, 64] },
        { part: [5, 7, 30, 20], width: 30, height: 20, region: [1, 1, 5, 6] },
      ]
      for (const plan of plans) {
        const whole = startResize(image, plan)
        whole.add(image, 0)
        const rows = startResize(image, plan)
        for (let top = 0; top < image.height; top++) rows.add(await inMemory(image).read(top, 1), top)
        expect(rows.finish()).toEqual(whole.finish())
      }
    },
  )

  it('read only the rows that the result needs', async () => {
    const reads: number[] = []
    const image = { width: 1, height: 1_000_000, channels: 1, data: new Uint8Array(1_000_000) } as RawImage
    const counted = {
      ...image,
      read: (top: number, rows: number) => (reads.push(rows), inMemory(image).read(top, rows)),
    }
    const plan: ResizePlan = {
      part: [0, 0, 1, 1_000_000],
      width: 224,
      height: 224_000_000,
      region: [0, 112_000_000, 224, 224],
    }
    await readBands(counted, startResize(counted, plan))
    expect(reads.reduce((sum, rows) => sum + rows)).toBeLessThan(10)
  })

  it('are the same decoded in bands and as a whole', async () => {
    const [width, height] = [8192, bandPixels / 8192 + 100]
    const noise = sharp(`${fixtures}modes/gray.png`).resize(width, height, { fit: 'fill', kernel: 'nearest' })
    const png = await noise.toColourspace('b-w').png({ compressionLevel: 1 }).toBuffer()
    const data = await sharp(png).toColourspace('b-w').raw().toBuffer()
    const decoded = await decodeImage(png)
    expect(Buffer.compare(Buffer.from(decoded.data.buffer), data)).toBe(0)
    const plan = (): ResizePlan => ({ part: [0, 0, width, height], width: 32, height: 32, region: [0, 0, 32, 32] })
    const whole = await readBands(inMemory(decoded), startResize(decoded, plan()))
    expect(await decodeResized(png, plan)).toEqual(whole)
  }, 60_000)
})

describe('images that EXIF rotates', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'are rotated band by band as they are in one piece: orientation %d',
    async (orientation) => {
      const bytes = readFileSync(`${fixtures}modes/exif-${orientation}.jpg`)
      const whole = await decodeImage(bytes)
      const open = await openBands(bytes, readImageHeader(bytes) as SizedHeader, orientation)
      expect([open.width, open.height]).toEqual([whole.width, whole.height])
      const values = whole.width * whole.channels
      for (let top = 0; top < whole.height; top += 7) {
        const band = await open.read(top, Math.min(7, whole.height - top))
        expect(band.data).toEqual(Uint8Array.from(whole.data.subarray(top * values, (top + 7) * values)))
      }
    },
  )
})

describe('long thin images', () => {
  const sides = [
    [1, 1_000_000],
    [1_000_000, 1],
  ] as const
  it.each(sides)('%d × %d are resized in the memory that the result needs', async (width, height) => {
    const image = { data: new Uint8Array(1_000_000).fill(7), width, height, channels: 1 as const }
    for (const palette of [false, true]) {
      for (const resizeMode of ['shortest', 'longest'] as const) {
        const { shape } = await preprocessImage({ ...image, palette }, { resizeMode })
        expect(shape).toEqual([3, 224, 224])
      }
    }
  })

  it('of more than a million pixels per side are refused', async () => {
    const data = new Uint8Array(9_000_000)
    for (const [width, height] of [
      [1, 9_000_000],
      [9_000_000, 1],
    ] as const) {
      const image = { data, width, height, channels: 1 as const, palette: true }
      await expect(preprocessImage(image)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    }
  })

  it('that would be stretched to too many pixels are refused', async () => {
    const image = { data: new Uint8Array(1_000_000), width: 1, height: 1_000_000, channels: 1 as const }
    await expect(preprocessImage(image, { resizeMode: 'squash' })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })
})
