/** Draws a file, an SVG or one of pixels, on a white square. */
import type { RawImage } from 'dreamlip'
import sharp from 'sharp'

/** The picture on white, `side × side` pixels, or `undefined` if it cannot be drawn. */
export async function drawOnWhite(path: string, side: number): Promise<RawImage | undefined> {
  try {
    const { data, info } = await sharp(path)
      .resize(Math.round(side * 0.9), Math.round(side * 0.9), { fit: 'inside' })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const square = await sharp(data, { raw: info })
      .resize(side, side, { fit: 'contain', background: '#fff', withoutEnlargement: true })
      .removeAlpha()
      .raw()
      .toBuffer()
    return { data: square, width: side, height: side, channels: 3 }
  } catch {
    return undefined
  }
}
