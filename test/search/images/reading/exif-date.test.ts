/** When photographs were taken, from EXIF data that sharp writes, and from bytes that nobody should write. */
import fc from 'fast-check'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { exifDate } from '../../../../src/search/images/reading/exif-date'

async function exifOf(fields: { IFD0?: Record<string, string>; IFD2?: Record<string, string> }): Promise<Buffer> {
  const picture = sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
  const bytes = await picture.withExif(fields).jpeg().toBuffer()
  return (await sharp(bytes).metadata()).exif!
}

it.each([
  [
    'the original date',
    { IFD2: { DateTimeOriginal: '2019:07:14 12:30:05', DateTimeDigitized: '2020:01:01 00:00:00' } },
  ],
  [
    'the date of digitizing',
    { IFD2: { DateTimeDigitized: '2019:07:14 12:30:05' }, IFD0: { DateTime: '2021:01:01 00:00:00' } },
  ],
  ['the date of the file', { IFD0: { DateTime: '2019:07:14 12:30:05' } }],
  ['other separators', { IFD0: { DateTime: '2019-07-14T12:30:05' } }],
])('reads %s as local time', async (_, fields) => {
  expect(exifDate(await exifOf(fields))).toBe(Date.UTC(2019, 6, 14, 12, 30, 5))
})

it.each(['0000:00:00 00:00:00', '2019:02:31 12:00:00', '2019:07:14 25:00:00', 'yesterday evening at'])(
  'gives NaN for the date %s',
  async (date) => {
    expect(exifDate(await exifOf({ IFD0: { DateTime: date } }))).toBeNaN()
  },
)

it('reads both byte orders, with and without a mark', () => {
  const date = Buffer.from('2001:02:03 04:05:06\0')
  for (const little of [true, false]) {
    const tiff = Buffer.alloc(26 + date.length)
    const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length)
    view.setUint16(0, little ? 0x4949 : 0x4d4d)
    view.setUint16(2, 42, little)
    view.setUint32(4, 8, little)
    view.setUint16(8, 1, little)
    view.setUint16(10, 0x0132, little)
    view.setUint16(12, 2, little)
    view.setUint32(14, date.length, little)
    view.setUint32(18, 26, little)
    date.copy(tiff, 26)
    const marked = Buffer.concat([Buffer.from('Exif\0\0'), tiff])
    expect([exifDate(tiff), exifDate(marked)]).toEqual(Array(2).fill(Date.UTC(2001, 1, 3, 4, 5, 6)))
  }
})

it('gives a date or NaN for any bytes', async () => {
  const valid = await exifOf({ IFD2: { DateTimeOriginal: '2019:07:14 12:30:05' } })
  const changed = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }).map((edits) => {
    const bytes = Uint8Array.from(valid)
    for (const [at, value] of edits) bytes[at] = value
    return bytes
  })
  const cut = fc.nat(valid.length).map((length) => Uint8Array.from(valid.subarray(0, length)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), changed, cut), (bytes) => {
      expect(exifDate(bytes)).toBeTypeOf('number')
    }),
    { numRuns: 2000 },
  )
})
