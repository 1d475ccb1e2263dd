/** Decodes images in browsers. */
import { checkCall, checkFlag } from '../../check-arguments'
import type { DecodeOptions } from './source/encoded-image'
import { bitmapOf, isDrawable, type Drawable } from './source/drawable'
import { encodedBytes } from './source/image-bytes.browser.ts'
import { bytesInMemory } from '../formats/file-bytes'
import { readImageHeader, type ImageHeader } from '../formats/image-header'
import { inMemory, readBands, readWhole } from '../open-image'
import { checkRawImage, checkSize, isRawImage, type ImageInput, type RawImage } from '../raw-image'
import { startResize } from '../resample/resize'
import type { PlanResize } from '../resample/resize-plan'
import { resizePart, type RegionOptions } from '../resample/resize-region'
import { undecodable } from '../undecodable'

/**
 * Decodes an image in its own mode, as far as a browser shows it.
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_INVALID`, `IMAGE_TOO_LARGE`
 */
export async function decodeImage(input: ImageInput, options: DecodeOptions = {}): Promise<RawImage> {
  const { exifOrientation = true, headers, signal } = checkCall(options)
  checkFlag('exifOrientation', exifOrientation)
  if (isRawImage(input)) return checkRawImage(input)
  if (isDrawable(input)) return readDrawable(input)
  const { name, bytes } = await encodedBytes(input, { headers, signal })
  const header = readImageHeader(bytes)
  if (header.width !== undefined && header.height !== undefined) checkSize(name, header.width, header.height)
  if (header.format === 'gif' || header.format === 'bmp' || header.format === 'other') {
    const { openRareImage } = await import('./rare-image')
    return readWhole(openRareImage(name, header.format, bytesInMemory(bytes)))
  }
  try {
    // No colour management and no premultiplication: the file's own values, as Pillow reads them.
    const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: exifOrientation ? 'from-image' : 'none',
    })
    return inOwnMode(readBitmap(name, bitmap), header)
  } catch (error) {
    throw undecodable(name, error)
  }
}

/** Decodes an image and resizes it. @param plan returns how to resize an image of a given size @throws DreamLIPError as `decodeImage` */
export async function decodeResized(
  input: ImageInput,
  plan: PlanResize,
  options: DecodeOptions = {},
): Promise<RawImage> {
  const image = await decodeImage(input, options)
  return readBands(inMemory(image), startResize(image, plan(image)))
}

/** Decodes a part of an image and resizes it to a square of RGB. @throws DreamLIPError as `decodeImage` */
export async function decodeRegion(input: ImageInput, options: RegionOptions): Promise<Uint8Array> {
  const { exifOrientation } = options
  return resizePart((plan) => decodeResized(input, plan, { exifOrientation }), options)
}

async function readDrawable(input: Drawable): Promise<RawImage> {
  const bitmap = await bitmapOf(input)
  return inOwnMode(readBitmap('image', bitmap), { format: 'other', palette: false, alpha: false })
}

function readBitmap(name: string, bitmap: ImageBitmap): RawImage {
  const { width, height } = bitmap
  try {
    checkSize(name, width, height)
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
    context.drawImage(bitmap, 0, 0)
    return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 }
  } finally {
    bitmap.close()
  }
}

/** Removes the channels that the file does not have, so that the image is resized as in Node. */
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
