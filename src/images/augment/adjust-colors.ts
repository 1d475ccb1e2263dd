/** Brightness, contrast, saturation and hue of RGB pixels, in place, as Pillow's `ImageEnhance` and torchvision's `adjust_hue` define them. */

/** Pillow's weights of red, green and blue (ITU-R 601-2), in 1/65536 (src/libImaging/Convert.c). */
function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
}

/** Factor 0 is black, 1 the image. */
export function adjustBrightness(rgb: Uint8Array, factor: number): void {
  mapBytes(rgb, blendTable(0, factor))
}

/** Factor 0 is the mean gray, 1 the image. */
export function adjustContrast(rgb: Uint8Array, factor: number): void {
  let sum = 0
  for (let i = 0; i < rgb.length; i += 3) sum += luma(rgb[i]!, rgb[i + 1]!, rgb[i + 2]!)
  mapBytes(rgb, blendTable(Math.floor(sum / (rgb.length / 3) + 0.5), factor))
}

/** Factor 0 is gray, 1 the image. */
export function adjustSaturation(rgb: Uint8Array, factor: number): void {
  const share = Math.round(factor * 65536)
  for (let i = 0; i < rgb.length; i += 3) {
    const [red, green, blue] = [rgb[i]!, rgb[i + 1]!, rgb[i + 2]!]
    const gray = luma(red, green, blue)
    rgb[i] = toByte(gray + (((red - gray) * share) >> 16))
    rgb[i + 1] = toByte(gray + (((green - gray) * share) >> 16))
    rgb[i + 2] = toByte(gray + (((blue - gray) * share) >> 16))
  }
}

/** Three equal channels. */
export function toGray(rgb: Uint8Array): void {
  for (let i = 0; i < rgb.length; i += 3) {
    rgb[i] = rgb[i + 1] = rgb[i + 2] = luma(rgb[i]!, rgb[i + 1]!, rgb[i + 2]!)
  }
}

/** Turns the colour wheel. @param shift in turns, from -0.5 to 0.5 */
export function adjustHue(rgb: Uint8Array, shift: number): void {
  const turn = 6 * shift + 12
  for (let i = 0; i < rgb.length; i += 3) {
    const [red, green, blue] = [rgb[i]!, rgb[i + 1]!, rgb[i + 2]!]
    const high = Math.max(red, green, blue)
    const low = Math.min(red, green, blue)
    const range = high - low
    if (range === 0) continue
    // In sixths of the wheel; 0 is red.
    const old = high === red ? green - blue : high === green ? 2 * range + blue - red : 4 * range + red - green
    const hue = (old / range + turn) % 6
    const sector = hue | 0
    const slope = range * (hue - sector)
    // The channel that rises or falls from one of the six colours to the next.
    const between = (0.5 + (sector & 1 ? high - slope : low + slope)) | 0
    rgb[i] = sector === 0 || sector === 5 ? high : sector === 1 || sector === 4 ? between : low
    rgb[i + 1] = sector === 1 || sector === 2 ? high : sector === 0 || sector === 3 ? between : low
    rgb[i + 2] = sector === 3 || sector === 4 ? high : sector === 2 || sector === 5 ? between : low
  }
}

/** Each byte replaced by the table's entry for it. */
function mapBytes(bytes: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = table[bytes[i]!]!
}

/** `from + (byte - from) · factor` for all bytes. */
function blendTable(from: number, factor: number): Uint8Array {
  const table = new Uint8Array(256)
  for (let byte = 0; byte < 256; byte++) table[byte] = toByte(from + (byte - from) * factor)
  return table
}

/** Cut to whole numbers, as Pillow does it (src/libImaging/Blend.c). */
export function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0
}
