/** Contrast and sharpness of RGB pixels, in place, as Pillow's `ImageOps` and `ImageEnhance` define them. */
import { toByte } from './adjust-colors'

/** Stretches each channel to the whole range. */
export function autocontrast(rgb: Uint8Array): void {
  mapChannels(rgb, (counts, table) => {
    let [low, high] = [0, 255]
    while (counts[low] === 0) low++
    while (counts[high] === 0) high--
    if (high === low) return
    const scale = 255 / (high - low)
    for (let byte = 0; byte < 256; byte++) table[byte] = toByte(byte * scale - low * scale)
  })
}

/** Gives each channel an even histogram. */
export function equalize(rgb: Uint8Array): void {
  mapChannels(rgb, (counts, table) => {
    let last = 255
    while (counts[last] === 0) last--
    const step = Math.floor((rgb.length / 3 - counts[last]!) / 255)
    if (step === 0) return
    let sum = step >> 1
    for (let byte = 0; byte < 256; byte++) {
      table[byte] = Math.min(255, Math.floor(sum / step))
      sum += counts[byte]!
    }
  })
}

/** Factor 0 is smoothed, 1 the image, above that sharper. */
export function sharpen(rgb: Uint8Array, width: number, factor: number): void {
  const source = rgb.slice()
  const rowStep = 3 * width
  // The outermost pixels stay as they are.
  for (let row = rowStep; row < rgb.length - rowStep; row += rowStep) {
    for (let i = row + 3; i < row + rowStep - 3; i++) {
      const [above, below] = [i - rowStep, i + rowStep]
      const rows = source[above - 3]! + source[above]! + source[above + 3]! + source[below - 3]! + source[below]!
      const sum = rows + source[below + 3]! + source[i - 3]! + source[i + 3]! + 5 * source[i]!
      const smooth = (sum / 13 + 0.5) | 0
      rgb[i] = toByte(smooth + (source[i]! - smooth) * factor)
    }
  }
}

/** Replaces the bytes of each channel. @param fill sets the table of replacements from the number of times that each byte occurs */
function mapChannels(rgb: Uint8Array, fill: (counts: Int32Array, table: Uint8Array) => void): void {
  for (let channel = 0; channel < 3; channel++) {
    const counts = new Int32Array(256)
    const table = new Uint8Array(256)
    for (let byte = 0; byte < 256; byte++) table[byte] = byte
    for (let i = channel; i < rgb.length; i += 3) counts[rgb[i]!]!++
    fill(counts, table)
    for (let i = channel; i < rgb.length; i += 3) rgb[i] = table[rgb[i]!]!
  }
}
