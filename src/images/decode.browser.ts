/** Decodes images in browsers. */
import { checkCall, checkFlag, show } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { fetchImage, undecodable } from './encoded-image'
import { readImageHeader, type ImageHeader } from './image-header'
import { resizeRegion, type RegionOptions } from './resize-region'
import { checkRawImage, checkSize, isRawImage, type ImageInput, type RawImage } from './raw-image'

/**
 * Decodes an image in its own mode, as far as browsers let it be known.
 * @param exifOrientation turn the image as its EXIF data says
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_INVALID`, `IMAGE_TOO_LARGE`
 */
export async function decodeImage(
  input: ImageInput,
  options: { readonly exifOrientation?: boolean; readonly signal?: AbortSignal } = {},
): Promise<RawImage> {
  const { exifOrientation = true, signal } = checkCall(options)
  checkFlag('exifOrientation', exifOrientation)
  if (isRawImage(input)) return checkRawImage(input)
  if (isDrawable(input)) return readDrawable(input)
  const { name, bytes } = await encodedBytes(input, signal)
  const header = readImageHeader(bytes)
  if (header.width !== undefined && header.height !== undefined) checkSize(name, header.width, header.height)
  try {
    // No colour management and no premultiplication: the file's own values, as Pillow reads them.
    const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: exifOrientation ? 'from-image' : 'none',
    })
    return inOwnMode(readBitmap(bitmap), header)
  } catch (error) {
    throw undecodable(name, error)
  }
}

/** Decodes a part of an image and resizes it to a square of RGB. @throws DreamLIPError as `decodeImage` */
export async function decodeRegion(input: ImageInput, options: RegionOptions): Promise<Uint8Array> {
  return resizeRegion(await decodeImage(input, options), options)
}

type Drawable = HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | ImageBitmap | VideoFrame

function isDrawable(input: unknown): input is Drawable {
  const kinds = [
    'HTMLImageElement',
    'HTMLCanvasElement',
    'OffscreenCanvas',
    'HTMLVideoElement',
    'ImageBitmap',
    'VideoFrame',
  ]
  return kinds.some((kind) => {
    const constructor = (globalThis as Record<string, unknown>)[kind]
    return typeof constructor === 'function' && input instanceof constructor
  })
}

async function readDrawable(input: Drawable): Promise<RawImage> {
  try {
    return inOwnMode(
      readBitmap(await createImageBitmap(input, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' })),
      {
        format: 'other',
        palette: false,
        alpha: false,
      },
    )
  } catch (error) {
    throw undecodable('image', error)
  }
}

function readBitmap(bitmap: ImageBitmap): RawImage {
  const { width, height } = bitmap
  checkSize('image', width, height)
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 }
}

/** Takes away the channels that the file does not have, so that the same way to resize is chosen as in Node. */
function inOwnMode(image: RawImage, { gray, alpha, palette }: ImageHeader): RawImage {
  const { data, width, height } = image
  const hasAlpha = alpha ?? data.some((value, i) => i % 4 === 3 && value !== 255)
  const kept = [...(gray ? [0] : [0, 1, 2]), ...(hasAlpha ? [3] : [])]
  const channels = kept.length as RawImage['channels']
  if (channels === 4) return { ...image, palette }
  const values = new Uint8Array(width * height * channels) // [height, width, channels]
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) values[i * channels + c] = data[i * 4 + kept[c]!]!
  }
  return { data: values, width, height, channels, palette }
}

async function encodedBytes(input: unknown, signal?: AbortSignal): Promise<{ name: string; bytes: Uint8Array }> {
  if (typeof input === 'string' || input instanceof URL) {
    const url = new URL(String(input), globalThis.document?.baseURI ?? globalThis.location?.href).href
    return { name: url.slice(0, 200), bytes: await fetchImage(url, signal) }
  }
  if (input instanceof Blob) return { name: 'Blob', bytes: new Uint8Array(await input.arrayBuffer()) }
  if (input instanceof ArrayBuffer) return { name: 'ArrayBuffer', bytes: new Uint8Array(input) }
  if (input instanceof Uint8Array) return { name: 'Uint8Array', bytes: input }
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    'image: expected a URL, Blob, ArrayBuffer, Uint8Array, image element, canvas, bitmap, video frame or ' +
      `{ data, width, height, channels }; got ${show(input)}.`,
  )
}
