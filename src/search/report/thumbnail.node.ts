/** Small copies of pictures, for pages and terminals. Node only. */
import { checkCall, checkChoice, checkWhole } from '../../check-arguments'
import { checkKeys } from '../../known-keys'
import { decodeImage, loadSharp } from '../../images/decode/decode.node.ts'
import type { ImageInput, RawImage } from '../../images/raw-image'
import { convertToRGB } from '../../images/resample/alpha'
import { resize } from '../../images/resample/resize'

export interface ThumbnailOptions {
  /** The longest side in pixels; default 320. Smaller pictures stay as they are. */
  readonly side?: number
  /** Default `webp`, the smallest. */
  readonly format?: 'webp' | 'png'
  readonly signal?: AbortSignal
}

/** A small copy, encoded, and its pixels. */
export interface Thumbnail {
  readonly bytes: Uint8Array
  readonly type: 'image/webp' | 'image/png'
  /** RGB. */
  readonly image: RawImage
}

/**
 * Makes a small copy of a picture, upright and in RGB, on white if it is transparent, without metadata or a colour profile.
 * @throws DreamLIPError `INVALID_ARGUMENT`; errors of decoding
 */
export async function makeThumbnail(image: ImageInput, options: ThumbnailOptions = {}): Promise<Thumbnail> {
  const known = { side: 0, format: 0, signal: 0 } as const
  const { side = 320, format = 'webp', signal } = checkKeys('options', checkCall(options), known)
  checkWhole('side', side, 1, 4096)
  checkChoice('format', format, ['webp', 'png'])
  const small = shrink(await onWhite(await decodeImage(image, { signal })), side)
  return { bytes: await encodePicture(small, format), type: `image/${format}`, image: small }
}

/** Three channels, with white for transparency. A model sees the colours that files keep there, often black. */
async function onWhite(image: RawImage): Promise<RawImage> {
  const { data, width, height, channels, cmyk } = image
  if (cmyk || channels % 2 === 1) return convertToRGB(image)
  const flat = (await loadSharp())(data, { raw: { width, height, channels } }).flatten({ background: '#fff' })
  return { data: new Uint8Array(await flat.toColourspace('srgb').raw().toBuffer()), width, height, channels: 3 }
}

/** The picture, scaled down to at most `side` pixels. */
function shrink(image: RawImage, side: number): RawImage {
  const scale = side / Math.max(image.width, image.height)
  if (scale >= 1) return image
  const [width, height] = [image.width, image.height].map((length) => Math.max(1, Math.round(length * scale))) as [
    number,
    number,
  ]
  return resize(image, width, height)
}

/** @param image RGB, with or without alpha */
export async function encodePicture(
  { data, width, height, channels }: RawImage,
  format: 'webp' | 'png',
): Promise<Uint8Array> {
  const pipeline = (await loadSharp())(data, { raw: { width, height, channels } })
  return new Uint8Array(await (format === 'webp' ? pipeline.webp({ quality: 80 }) : pipeline.png()).toBuffer())
}
