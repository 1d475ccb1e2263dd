/** Brightness, contrast, saturation and hue of RGB images, as Pillow's `ImageEnhance` and torchvision's `adjust_hue` define them. */
import type { RawImage } from './raw-image'

/** Pillow's weights of red, green and blue (ITU-R 601-2), in 1/65536 (src/libImaging/Convert.c). */
function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
}

/** Factor 0 is black, 1 the image. */
export function adjustBrightness(image: RawImage, factor: number): RawImage {
  return mapPixels(image, (pixel) => pixel.map((value) => value * factor))
}

/** Factor 0 is the mean gray, 1 the image. */
export function adjustContrast(image: RawImage, factor: number): RawImage {
  const { data } = image
  let sum = 0
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i]!, data[i + 1]!, data[i + 2]!)
  const mean = Math.floor(sum / (data.length / 3) + 0.5)
  return mapPixels(image, (pixel) => pixel.map((value) => mean + (value - mean) * factor))
}

/** Factor 0 is gray, 1 the image. */
export function adjustSaturation(image: RawImage, factor: number): RawImage {
  return mapPixels(image, ([red, green, blue]) => {
    const gray = luma(red, green, blue)
    return [gray + (red - gray) * factor, gray + (green - gray) * factor, gray + (blue - gray) * factor]
  })
}

/** Three equal channels. */
export function toGray(image: RawImage): RawImage {
  return adjustSaturation(image, 0)
}

/** Turns the colour wheel. @param shift in turns, from -0.5 to 0.5 */
export function adjustHue(image: RawImage, shift: number): RawImage {
  return mapPixels(image, ([red, green, blue]) => {
    const high = Math.max(red, green, blue)
    const range = high - Math.min(red, green, blue)
    if (range === 0) return [red, green, blue]
    const sixth =
      high === red ? (green - blue) / range : high === green ? 2 + (blue - red) / range : 4 + (red - green) / range
    const hue = (sixth + 6 * shift + 12) % 6
    const channel = (n: number) => {
      const k = (n + hue) % 6
      return high - range * Math.max(0, Math.min(k, 4 - k, 1))
    }
    return [channel(5), channel(3), channel(1)]
  })
}

type Pixel = readonly [number, number, number] | readonly number[]

function mapPixels(image: RawImage, fn: (pixel: readonly [number, number, number]) => Pixel): RawImage {
  const source = image.data
  // Values beyond 0 and 255 stay there; others are rounded.
  const data = new Uint8ClampedArray(source.length) // [height, width, 3]
  for (let i = 0; i < source.length; i += 3) {
    const [red, green, blue] = fn([source[i]!, source[i + 1]!, source[i + 2]!])
    data[i] = red!
    data[i + 1] = green!
    data[i + 2] = blue!
  }
  return { ...image, data: new Uint8Array(data.buffer) }
}
