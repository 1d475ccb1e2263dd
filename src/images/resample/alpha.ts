/** Alpha and colour modes with Pillow's integer arithmetic (src/libImaging/Convert.c). */
import type { RawImage } from '../raw-image'

/** `a · b / 255`, rounded as Pillow does it without dividing. */
function multiply255(a: number, b: number): number {
  const product = a * b + 128
  return ((product >> 8) + product) >> 8
}

/** Multiplies a row's colours by alpha into `into`, so that transparent pixels do not bleed when averaged. */
export function multiplyByAlpha(source: RawImage['data'], at: number, channels: number, into: Uint8Array): void {
  for (let i = 0; i < into.length; i += channels) {
    const alpha = source[at + i + channels - 1]!
    for (let c = 0; c < channels - 1; c++) into[i + c] = multiply255(source[at + i + c]!, alpha)
    into[i + channels - 1] = alpha
  }
}

/** Divides colours by alpha again, in place, rounding down. */
export function divideByAlpha(data: Uint8Array, channels: number): void {
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + channels - 1]!
    if (alpha === 0 || alpha === 255) continue
    for (let c = 0; c < channels - 1; c++) data[at + c] = Math.min(255, Math.floor((255 * data[at + c]!) / alpha))
  }
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
