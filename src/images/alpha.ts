/** Alpha and colour modes with Pillow's integer arithmetic (src/libImaging/Convert.c). */
import type { RawImage } from './raw-image'

/** `a · b / 255`, rounded as Pillow does it without dividing. */
function multiply255(a: number, b: number): number {
  const product = a * b + 128
  return ((product >> 8) + product) >> 8
}

/** Multiplies colours by alpha, so that transparent pixels do not bleed when averaged. */
export function toPremultiplied(image: RawImage): RawImage {
  return mapAlpha(image, (value, alpha) => multiply255(value, alpha))
}

/** Divides colours by alpha again, rounding down. */
export function fromPremultiplied(image: RawImage): RawImage {
  return mapAlpha(image, (value, alpha) =>
    alpha === 0 || alpha === 255 ? value : Math.min(255, Math.floor((255 * value) / alpha)),
  )
}

function mapAlpha(image: RawImage, fn: (value: number, alpha: number) => number): RawImage {
  const { channels } = image
  const data = new Uint8Array(image.data)
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + channels - 1]!
    for (let c = 0; c < channels - 1; c++) data[at + c] = fn(data[at + c]!, alpha)
  }
  return { ...image, data }
}

/** Three channels: gray is repeated, alpha is dropped, ink is subtracted from white. */
export function convertToRGB(image: RawImage): RawImage {
  const { data: source, width, height, channels } = image
  if (channels === 3) return image
  const data = new Uint8Array(width * height * 3) // [height, width, 3]
  for (let i = 0; i < width * height; i++) {
    const from = i * channels
    for (let c = 0; c < 3; c++) {
      const value = source[from + (channels < 3 ? 0 : c)]!
      const light = 255 - source[from + 3]!
      data[i * 3 + c] = image.cmyk ? Math.max(0, light - multiply255(value, light)) : value
    }
  }
  return { data, width, height, channels: 3 }
}
