/** A decoded image: rows of bytes, in the file's own mode. */
import type { ByteStream } from './byte-stream'
import { show } from '../check-arguments'
import { DreamLIPError } from '../errors'

/** 8-bit pixels, row by row, channels interleaved. 1 = gray, 2 = gray + alpha, 3 = RGB, 4 = RGB + alpha (not premultiplied) or CMYK. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
  /** The file stored palette indices (or single bits). Pillow, and so the reference, resizes these with nearest neighbour. */
  readonly palette?: boolean
  /** The four channels are inks. 255 is full ink, as in Pillow. */
  readonly cmyk?: boolean
}

/** A class of the browser by its name; `never` in a program without the browser's types, such as one for Node. */
export type InBrowser<Name extends string> =
  typeof globalThis extends Readonly<Record<Name, { prototype: infer Instance }>> ? Instance : never

/** A browser's own image objects. */
export type PageImage =
  | InBrowser<'HTMLImageElement'>
  | InBrowser<'HTMLCanvasElement'>
  | InBrowser<'OffscreenCanvas'>
  | InBrowser<'HTMLVideoElement'>
  | InBrowser<'ImageBitmap'>
  | InBrowser<'ImageData'>
  | InBrowser<'VideoFrame'>

/**
 * Everything that you can pass as an image: a path, a URL, encoded bytes or a stream of them, decoded pixels, or a browser's own image
 * objects.
 */
export type ImageInput = string | URL | Blob | ArrayBuffer | Uint8Array | ByteStream | RawImage | PageImage

/** Pillow's limit against decompression bombs, in pixels. */
export const largestImage = 178_956_970

/** The longest side. No camera needs more, and decoders need much time and memory for longer rows. */
const longestSide = 1_000_000

/** Whether the input already is pixels. */
export function isRawImage(input: unknown): input is Omit<RawImage, 'channels'> & { channels?: RawImage['channels'] } {
  return typeof input === 'object' && input !== null && 'data' in input && 'width' in input && 'height' in input
}

/** Checks pixels that a caller passes. `ImageData` has no `channels`: it is RGB with alpha. */
export function checkRawImage(image: Omit<RawImage, 'channels'> & { channels?: RawImage['channels'] }): RawImage {
  const { data, width, height, channels = 4 } = image
  const whole = [width, height].every((side) => Number.isInteger(side) && side > 0)
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray
  if (!whole || !bytes || ![1, 2, 3, 4].includes(channels) || data.length !== width * height * channels) {
    throw new DreamLIPError(
      'IMAGE_INVALID',
      `image: expected 8-bit data of width · height · channels values; got ${[width, height, channels].map(show).join(' × ')} and ` +
        `${bytes ? `${data.length} values` : show(data)}.`,
    )
  }
  checkSize('image', width, height)
  return { ...image, data, width, height, channels, palette: image.palette, cmyk: image.cmyk }
}

/** Refuses images that would need too much memory, before they are decoded. */
export function checkSize(name: string, width: number, height: number): void {
  const size = `${name}: ${width} × ${height} pixels`
  if (width * height > largestImage) {
    throw new DreamLIPError(
      'IMAGE_TOO_LARGE',
      `${size} exceed the limit of ${largestImage} pixels. Scale the image down first.`,
    )
  }
  if (Math.max(width, height) > longestSide) {
    throw new DreamLIPError(
      'IMAGE_TOO_LARGE',
      `${size}: the limit is ${longestSide} pixels per side. Cut the image into parts first.`,
    )
  }
}
