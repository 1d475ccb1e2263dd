/** A part of an image as an RGB square, optionally blurred: a random crop. */
import { convertToRGB } from './alpha'
import { blur } from './blur'
import type { ImageHeader, SizedHeader } from '../formats/image-header'
import type { RawImage } from '../raw-image'
import type { PlanResize, Region } from './resize-plan'

/** The changes to a picture before its colours are changed. */
export interface RegionOptions {
  /** Returns the part to crop from an image of this size. */
  readonly choose: (image: Pick<RawImage, 'width' | 'height'>) => Region
  /** Side of the result. */
  readonly size: number
  /** Standard deviation in pixels of a Gaussian; 0 for none. */
  readonly blur: number
  readonly exifOrientation: boolean
}

/** Returns the selected part, resized and blurred like in Pillow, as new bytes. */
export async function resizePart(
  resized: (plan: PlanResize) => Promise<RawImage>,
  { choose, size, blur: sigma }: RegionOptions,
): Promise<Uint8Array> {
  const region = [0, 0, size, size] as const
  const image = await resized((source) => ({ part: choose(source), width: size, height: size, region }))
  const rgb = convertToRGB(image).data as Uint8Array // [size, size, 3]
  if (sigma > 0) blur(rgb, size, sigma)
  return rgb
}

/** A JPEG file in colour that needs no rotation. */
export function isPlainJpeg(header: ImageHeader, exifOrientation: boolean): header is SizedHeader {
  const { format, width, height, gray, cmyk, exif } = header
  const known = width !== undefined && height !== undefined
  return format === 'jpeg' && known && !gray && !cmyk && !(exifOrientation && exif)
}
