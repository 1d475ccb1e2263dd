import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DreamLIPError } from '../../../src/errors'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { readImageHeader } from '../../../src/images/formats/image-header'
import { resizeAndCrop, type ResizeMode } from '../../../src/images/preprocess/preprocess'
import cases from '../../fixtures/images/formats/cases.json'

const fixtures = new URL('../../fixtures/images/formats/', import.meta.url).pathname
const bytesOf = (name: string) => new Uint8Array(readFileSync(`${fixtures}${name}`))
const textOf = (text: string) => new TextEncoder().encode(text)

describe('GIF, BMP and TIFF files', () => {
  it.each(cases)('give Pillow’s pixels: $image, $mode $size', async ({ image, mode, size, sha256 }) => {
    const decoded = await decodeImage(`${fixtures}${image}`)
    const { data } = resizeAndCrop(decoded, size, mode as ResizeMode)
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256)
  })

  it('are rotated as a TIFF file says', async () => {
    const { width, height } = await decodeImage(`${fixtures}orientation-6.tif`)
    expect([width, height]).toEqual([30, 41])
  })

  it('of a TIFF file in YCbCr without JPEG are refused, not given in wrong colours', async () => {
    await expect(decodeImage(`${fixtures}ycbcr.tif`)).rejects.toThrow(/YCbCr colours without JPEG is not supported/)
  })

  it.each(['lzw', 'deflate'] as const)(
    'of a TIFF file with damaged %s data are refused, not black',
    async (compression) => {
      const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251))
      for (const tile of [false, true]) {
        const picture = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        const bytes = await picture
          .tiff({ compression, predictor: 'none', tile, tileWidth: 32, tileHeight: 32 })
          .toBuffer()
        await expect(decodeImage(new Uint8Array(bytes))).resolves.toMatchObject({ width: 64 })
        bytes.fill(255, 600, 700)
        await expect(decodeImage(new Uint8Array(bytes))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
      }
    },
  )

  it('of a TIFF file with a compression that sharp does not know are refused, not black', async () => {
    const bytes = bytesOf('rgb-deflate.tif')
    const view = new DataView(bytes.buffer)
    const zstandard = 50_000
    const entry = Array.from({ length: 20 }, (_, i) => view.getUint32(4, true) + 2 + 12 * i)
    const at = entry.find((start) => view.getUint16(start, true) === 259)!
    view.setUint16(at + 8, zstandard, true)
    await expect(decodeImage(bytes)).rejects.toThrow(/compression 50000 is not supported/)
  })

  it('are upright in TIFF even if EXIF orientation is switched off, as in Pillow', async () => {
    const { width, height } = await decodeImage(`${fixtures}orientation-6.tif`, { exifOrientation: false })
    expect([width, height]).toEqual([30, 41])
  })

  it.each(['rgb-deflate.tif', 'big-endian.tif', '24.bmp', '4.bmp', '8-rle.bmp', 'whole.gif', 'many-colours.gif'])(
    'that are cut in half are refused: %s',
    async (name) => {
      const bytes = bytesOf(name)
      await expect(decodeImage(bytes.subarray(0, bytes.length / 2))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    },
  )

  const originals = [...new Set(cases.map(({ image }) => image))]
  it('decode or are refused, whatever the damage', async () => {
    const change = fc.tuple(fc.nat(), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(change, { maxLength: 6 }),
        fc.boolean(),
        async (name, changes, inHeader) => {
          const bytes = bytesOf(name)
          for (const [at, value] of changes) bytes[at % (inHeader ? 64 : bytes.length)] = value
          const result: unknown = await decodeImage(bytes).catch((error: unknown) => error)
          expect(result instanceof DreamLIPError || (result as { width: number }).width > 0).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  }, 60_000)
})

describe('a GIF file', () => {
  it('decodes the indices that another encoder compressed', async () => {
    const pictures = fc.record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 60 }),
      seed: fc.nat(),
      gray: fc.integer({ min: 2, max: 250 }),
    })
    await fc.assert(
      fc.asyncProperty(pictures, async ({ width, height, seed, gray }) => {
        const pixels = Uint8Array.from(
          { length: width * height * 3 },
          (_, i) => ((Math.floor(i / 3) * seed) % 7919) % gray,
        )
        const gif = await sharp(pixels, { raw: { width, height, channels: 3 } })
          .gif({ dither: 0 })
          .toBuffer()
        const expected = await sharp(gif).removeAlpha().raw().toBuffer()
        const { data, channels } = await decodeImage(gif)
        const rgb = channels === 3 ? data : Uint8Array.from(expected, (_, i) => data[Math.floor(i / 3)]!)
        expect(Buffer.from(rgb).equals(expected)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a file that is not decoded', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
  it.each([
    ['SVG', textOf(svg), /an SVG drawing.*Convert it to PNG first/],
    [
      'SVG behind a prologue',
      textOf(`\ufeff<?xml version="1.0"?>\n<!-- ${'x'.repeat(5000)} -->\n${svg}`),
      /an SVG drawing/,
    ],
    ['SVG in UTF-16', new Uint8Array(Buffer.from(`\ufeff${svg}`, 'utf16le')), /an SVG drawing/],
    ['compressed SVG', new Uint8Array(gzipSync(svg)), /gzip-compressed file \(perhaps SVGZ\)/],
    ['PDF', textOf('%PDF-1.7\n'), /a PDF/],
    ['HTML', textOf('<!DOCTYPE html><html></html>'), /an HTML page/],
    ['JPEG XL', Uint8Array.of(0xff, 0x0a, 0, 0), /a JPEG XL image/],
    ['a video', textOf('\0\0\0\x18ftypisom\0\0\0\0isommp42'), /a video/],
    ['nothing', new Uint8Array(0), /an empty file/],
  ])('is named: %s', async (_, bytes, message) => {
    await expect(decodeImage(bytes)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(message),
    })
  })
})

describe('a header that claims too many pixels', () => {
  it.each([
    ['whole.gif', (view: DataView) => (view.setUint16(6, 60_000, true), view.setUint16(8, 60_000, true))],
    ['24.bmp', (view: DataView) => (view.setInt32(18, 60_000, true), view.setInt32(22, -60_000, true))],
  ])('is refused before anything is decoded: %s', async (name, lie) => {
    const bytes = bytesOf(name)
    lie(new DataView(bytes.buffer))
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })

  it('is refused in WebP', async () => {
    const bytes = new Uint8Array(
      await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
        .webp({ lossless: true })
        .toBuffer(),
    )
    new DataView(bytes.buffer).setUint32(21, 0x0fffffff, true)
    expect(readImageHeader(bytes)).toMatchObject({ width: 16_384, height: 16_384 })
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })
})

describe('HEIC', () => {
  afterEach(() => void vi.doUnmock('../../../src/installed.node.ts'))
  const heic = () => bytesOf('../heic/photo.heic')

  it('is decoded if heic-decode is installed', async () => {
    const { width, height, channels } = await decodeImage(heic())
    expect([width, height, channels]).toEqual([320, 240, 3])
  })

  it('is refused without heic-decode, and the error says what to install', async () => {
    vi.resetModules()
    vi.doMock('../../../src/installed.node.ts', async (load) => ({
      ...(await load<typeof import('../../../src/installed.node.ts')>()),
      loadPackage: () => {
        throw new Error('not installed')
      },
    }))
    const { decodeImage: decode } = await import('../../../src/images/decode/decode.node.ts')
    await expect(decode(heic())).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(/HEIC image.*npm install heic-decode/),
    })
  })

  it('that is cut off is refused', async () => {
    await expect(decodeImage(heic().slice(0, 900))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})
