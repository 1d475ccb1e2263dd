/** Shears, shifts and turns pictures, as Pillow's `Image.transform(…, AFFINE, BILINEAR)` does (src/libImaging/Geometry.c). */

/** The value of pixels outside the picture. */
const fill = 128

/** Maps a position in the result to one in the source: `[a x + b y + c, d x + e y + f]`. */
export type AffineMatrix = readonly [number, number, number, number, number, number]

/** Changes square RGB pixels in place. */
export function transform(rgb: Uint8Array, size: number, [a, b, c, d, e, f]: AffineMatrix): void {
  const source = rgb.slice()
  for (let y = 0, out = 0; y < size; y++) {
    // The centres of pixels are mapped.
    let sourceX = a * 0.5 + b * (y + 0.5) + c
    let sourceY = d * 0.5 + e * (y + 0.5) + f
    for (let x = 0; x < size; x++, out += 3, sourceX += a, sourceY += d) {
      if (sourceX < 0 || sourceX >= size || sourceY < 0 || sourceY >= size) {
        rgb[out] = rgb[out + 1] = rgb[out + 2] = fill
        continue
      }
      const left = Math.floor(sourceX - 0.5)
      const top = Math.floor(sourceY - 0.5)
      const right = sourceX - 0.5 - left
      const below = sourceY - 0.5 - top
      const x0 = left < 0 ? 0 : 3 * left
      const x1 = left + 1 < size ? 3 * (left + 1) : x0
      const y0 = top < 0 ? 0 : 3 * size * top
      const y1 = top + 1 < size ? 3 * size * (top + 1) : y0
      for (let channel = 0; channel < 3; channel++) {
        const upperLeft = source[y0 + x0 + channel]!
        const lowerLeft = source[y1 + x0 + channel]!
        const upper = upperLeft + (source[y0 + x1 + channel]! - upperLeft) * right
        const lower = lowerLeft + (source[y1 + x1 + channel]! - lowerLeft) * right
        rgb[out + channel] = upper + (lower - upper) * below
      }
    }
  }
}
