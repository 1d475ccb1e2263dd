import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { readImageInfo } from '../../../src/images/decode/image-info.node.ts'
import { DreamLIPError } from '../../../src/errors'
import { orientedFile, orientations, turnedHEIC, upright } from './oriented-files'

const fixtures = new URL('../../fixtures/images/', import.meta.url).pathname

/** A red picture of 40 × 20 pixels with dates. */
async function dated(format: 'jpeg' | 'png' | 'webp' | 'avif', dates: Dates): Promise<Uint8Array> {
  const { original, digitized, changed } = dates
  const picture = sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } }).withExif({
    ...(changed !== undefined && { IFD0: { DateTime: changed } }),
    IFD2: {
      ...(original !== undefined && { DateTimeOriginal: original }),
      ...(digitized !== undefined && { DateTimeDigitized: digitized }),
    },
  })
  return new Uint8Array(await picture[format]().toBuffer())
}

interface Dates {
  readonly original?: string
  readonly digitized?: string
  readonly changed?: string
}

const takenOf = async (dates: Dates) => (await readImageInfo(await dated('jpeg', dates))).taken

/** A little-endian TIFF file of one gray pixel with a date, in a camera's form: the camera's date is in the EXIF directory. */
function datedTIFF(): Uint8Array {
  const bytes = Buffer.alloc(200)
  bytes.write('II*\0')
  bytes.writeUInt32LE(8, 4)
  const entries = [
    [256, 3, 1, 1],
    [257, 3, 1, 1],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 198],
    [277, 3, 1, 1],
    [278, 3, 1, 1],
    [279, 4, 1, 1],
    [34665, 4, 1, 140],
  ] as const
  bytes.writeUInt16LE(entries.length, 8)
  entries.forEach(([field, type, count, value], i) => writeEntry(bytes, 10 + 12 * i, [field, type, count, value]))
  bytes.writeUInt16LE(1, 140)
  writeEntry(bytes, 142, [36867, 2, 20, 160])
  bytes.write('2001:02:03 04:05:06\0', 160)
  return new Uint8Array(bytes)
}

function writeEntry(bytes: Buffer, at: number, [field, type, count, value]: readonly [number, number, number, number]) {
  bytes.writeUInt16LE(field, at)
  bytes.writeUInt16LE(type, at + 2)
  bytes.writeUInt32LE(count, at + 4)
  bytes.writeUInt32LE(value, at + 8)
}

describe('readImageInfo', () => {
  it.each([
    ['modes/rgb.png', 'png'],
    ['modes/420.jpg', 'jpeg'],
    ['modes/lossy.webp', 'webp'],
    ['modes/palette.gif', 'gif'],
  ])('gives size and format of %s', async (file, format) => {
    expect(await readImageInfo(`${fixtures}${file}`)).toEqual({
      width: 52,
      height: 39,
      format,
      orientation: 1,
      taken: undefined,
    })
  })

  it('gives size and format of HEIC and AVIF, upright', async () => {
    const heic = await readImageInfo(`${fixtures}heic/photo.heic`)
    expect(heic).toMatchObject({ format: 'heic', width: 320, height: 240, orientation: 1 })
    expect(await readImageInfo(turnedHEIC('none', 1))).toMatchObject({ width: 240, height: 320, orientation: 1 })
    const avif = await orientedFile('avif', upright(), 6)
    expect(await readImageInfo(avif)).toMatchObject({ format: 'avif', width: 48, height: 32, orientation: 1 })
  })

  it.each(['jpeg', 'png', 'webp', 'tiff'] as const)(
    'gives the upright size of %s in all orientations',
    async (format) => {
      for (const orientation of orientations) {
        const info = await readImageInfo(await orientedFile(format, upright(), orientation))
        expect(info).toEqual({ width: 48, height: 32, format, orientation, taken: undefined })
      }
    },
  )

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('gives the date of a photograph in %s', async (format) => {
    const bytes = await dated(format, { original: '2019:08:07 06:05:04', changed: '2020:01:02 03:04:05' })
    expect((await readImageInfo(bytes)).taken).toBe(Date.UTC(2019, 7, 7, 6, 5, 4))
  })

  it('gives the date of a photograph in TIFF', async () => {
    expect(await readImageInfo(datedTIFF())).toMatchObject({
      width: 1,
      height: 1,
      taken: Date.UTC(2001, 1, 3, 4, 5, 6),
    })
  })

  it('prefers the date of taking to that of digitizing, and that to the date of the last change', async () => {
    const [digitized, changed] = ['2002:02:02 02:02:02', '2003:03:03 03:03:03']
    expect(await takenOf({ digitized, changed })).toBe(Date.UTC(2002, 1, 2, 2, 2, 2))
    expect(await takenOf({ original: '0000:00:00 00:00:00', digitized })).toBe(Date.UTC(2002, 1, 2, 2, 2, 2))
    expect(await takenOf({ changed })).toBe(Date.UTC(2003, 2, 3, 3, 3, 3))
  })

  it.each(['    :  :     :  :  ', '2020:13:01 00:00:00', '2021:02:30 00:00:00', '2020:01:01 24:00:00', 'yesterday'])(
    'gives no date for %j',
    async (changed) => expect(await takenOf({ changed })).toBeUndefined(),
  )

  it('takes dates before 1970 and of the first century', async () => {
    expect(await takenOf({ original: '1944:06:06 06:30:00' })).toBe(Date.UTC(1944, 5, 6, 6, 30))
    expect(await takenOf({ original: '0050:01:01 00:00:00' })).toBeLessThan(Date.UTC(1000, 0))
  })

  it('reads a large file from the disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'info-'))
    try {
      const path = join(folder, 'large.png')
      const noise = {
        create: {
          width: 2200,
          height: 1400,
          channels: 3,
          background: 'gray',
          noise: { type: 'gaussian', mean: 128, sigma: 60 },
        },
      } as const
      writeFileSync(path, await sharp(noise).png({ compressionLevel: 0 }).withMetadata({ orientation: 8 }).toBuffer())
      expect(await readImageInfo(path)).toMatchObject({ format: 'png', width: 1400, height: 2200, orientation: 8 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses what is not an image, what is too large, and what is missing', async () => {
    const png = new Uint8Array(readFileSync(`${fixtures}modes/rgb.png`))
    new DataView(png.buffer).setUint32(16, 60_000)
    new DataView(png.buffer).setUint32(20, 60_000)
    await expect(readImageInfo(png)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    await expect(readImageInfo(new TextEncoder().encode('<svg/>'))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    await expect(readImageInfo('/nowhere/cat.jpg')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const pixels = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 }
    await expect(readImageInfo(pixels as never)).rejects.toThrow(/source: expected a path.*got/)
    await expect(readImageInfo(5 as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('reads or refuses every damaged file', async () => {
    const originals = [
      datedTIFF(),
      await dated('jpeg', { original: '2019:08:07 06:05:04' }),
      await dated('png', { original: '2019:08:07 06:05:04' }),
      await dated('webp', { digitized: '2019:08:07 06:05:04' }),
      turnedHEIC('none', 1),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
        fc.nat(),
        async (original, changes, length) => {
          const bytes = original.slice(0, 1 + (length % (original.length * 3)))
          for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 400)] = value
          const result: unknown = await readImageInfo(bytes).catch((error: unknown) => error)
          if (result instanceof DreamLIPError) return
          const { width, height, orientation, taken } = result as Awaited<ReturnType<typeof readImageInfo>>
          expect(width > 0 && height > 0 && orientation >= 1 && orientation <= 8).toBe(true)
          expect(taken === undefined || Number.isFinite(taken)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })
})
