/** Makes image files with each of the eight EXIF orientations. */
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import type { RawImage } from '../../../src/images/raw-image'

export const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const

/** Where the first stored row and the first stored column are in the upright picture (EXIF 2.32, section 4.6.4, tag 274). */
const firsts: Readonly<Record<number, readonly [row: Side, column: Side]>> = {
  1: ['top', 'left'],
  2: ['top', 'right'],
  3: ['bottom', 'right'],
  4: ['bottom', 'left'],
  5: ['left', 'top'],
  6: ['right', 'top'],
  7: ['right', 'bottom'],
  8: ['left', 'bottom'],
}

type Side = 'top' | 'bottom' | 'left' | 'right'

/** An upright picture with a colour in each corner and smooth transitions. */
export function upright(width = 48, height = 32): RawImage {
  const data = new Uint8Array(width * height * 3) // [height, width, 3]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(
        [(255 * x) / (width - 1), (255 * y) / (height - 1), x < width / 3 && y < height / 2 ? 255 : 0],
        (y * width + x) * 3,
      )
    }
  }
  return { data, width, height, channels: 3 }
}

/** The rows that a file with this orientation stores for an upright picture. */
export function asStored(image: RawImage, orientation: number): RawImage {
  const { width, height, channels } = image
  const [row, column] = firsts[orientation]!
  const isTurned = row === 'left' || row === 'right'
  const [columns, rows] = isTurned ? [height, width] : [width, height]
  const data = new Uint8Array(image.data.length) // [rows, columns, channels]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const along = (side: Side, at: number, length: number) =>
        side === 'top' || side === 'left' ? at : length - 1 - at
      const y = isTurned ? along(column, j, height) : along(row, i, height)
      const x = isTurned ? along(row, i, width) : along(column, j, width)
      const from = (y * width + x) * channels
      data.set(image.data.subarray(from, from + channels), (i * columns + j) * channels)
    }
  }
  return { ...image, data, width: columns, height: rows }
}

/** A file that shows an upright picture after its orientation is applied. Formats other than JPEG and AVIF are lossless. */
export async function orientedFile(
  format: 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif',
  image: RawImage,
  orientation: number,
): Promise<Uint8Array> {
  const { data, width, height, channels } = asStored(image, orientation)
  const picture = sharp(data, { raw: { width, height, channels: channels as 3 } }).withMetadata({ orientation })
  const encoded = {
    jpeg: () => picture.jpeg({ quality: 98, chromaSubsampling: '4:4:4' }),
    png: () => picture.png(),
    webp: () => picture.webp({ lossless: true }),
    tiff: () => picture.tiff({ compression: 'lzw' }),
    avif: () => picture.avif({ quality: 95, effort: 0, chromaSubsampling: '4:4:4' }),
  }
  return new Uint8Array(await encoded[format]().toBuffer())
}

/** The HEIC fixture, which is upright: 320 × 240 pixels. */
const heic = readFileSync(new URL('../../fixtures/images/heic/photo.heic', import.meta.url))

/**
 * The HEIC fixture with boxes that mirror it about an axis and then turn it counter-clockwise by a number of quarters (ISO/IEC
 * 23008-12, 6.5.10 and 6.5.12).
 */
export function turnedHEIC(axis: 'none' | 'topBottom' | 'leftRight', quarters: number): Uint8Array {
  const box = (type: string, value: number) => Buffer.from([0, 0, 0, 9, ...Buffer.from(type), value])
  const mirror = axis === 'none' ? [] : [box('imir', axis === 'leftRight' ? 1 : 0)]
  const added = [...mirror, box('irot', quarters)]
  const properties = Buffer.concat(added)
  const extra = properties.length + added.length
  const bytes = Buffer.concat([heic.subarray(0, 347), properties, heic.subarray(347, 370)])
  const grow = (at: number, by: number) => bytes.writeUInt32BE(bytes.readUInt32BE(at) + by, at)
  for (const box of [28, 156]) grow(box, extra) // meta, iprp
  grow(164, properties.length) // ipco
  const association = 347 + properties.length
  grow(association, added.length) // ipma
  bytes[association + 18]! += added.length
  const essential = added.map((_, i) => 0x80 | (5 + i))
  grow(93, extra) // iloc: where the coded picture begins
  return new Uint8Array(Buffer.concat([bytes, Buffer.from(essential), heic.subarray(370)]))
}
