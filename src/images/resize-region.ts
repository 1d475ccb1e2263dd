/** A part of an image as a square of RGB, perhaps blurred: what random crops are made of. */
import { convertToRGB } from './alpha'
import { blur } from './blur'
import type { RawImage } from './raw-image'
import { crop, resize, type Region } from './resize'

/** What becomes of a picture before its colours change. */
export interface RegionOptions {
  /** Which part of an image of this size is taken. */
  readonly choose: (image: Pick<RawImage, 'width' | 'height'>) => Region
  /** Side of the result. */
  readonly size: number
  /** Standard deviation in pixels of a Gaussian; 0 for none. */
  readonly blur: number
  readonly exifOrientation: boolean
}

/** The part that is chosen, resized and blurred as Pillow does; bytes of its own. */
export function resizeRegion(image: RawImage, { choose, size, blur: sigma }: RegionOptions): Uint8Array {
  const { data } = convertToRGB(resize(crop(image, choose(image)), size, size))
  const rgb = data !== image.data && data instanceof Uint8Array ? data : new Uint8Array(data) // [size, size, 3]
  if (sigma > 0) blur(rgb, size, sigma)
  return rgb
}
