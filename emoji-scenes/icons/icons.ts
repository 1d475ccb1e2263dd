/** Icons as pixels: each is drawn once from SVG at 128 × 128 pixels and cropped to its visible part. */
import sharp from 'sharp'
import { lightness } from './colors'
import { iconSVG, type Style } from './styles'

export interface Icon {
  /** RGBA, premultiplied, 0 to 255. */
  readonly data: Uint8Array // [height, width, 4]
  readonly width: number
  readonly height: number
  /** The average lightness of the visible pixels, 0 to 1. */
  readonly average: number
}

/** Returns an icon. It is drawn when it is first needed. */
export type Icons = (style: Style, code: string) => Promise<Icon>

/** Pixels with less alpha than this count as invisible. */
const leastAlpha = 24

/** A cache of drawn icons (about 64 KB each). */
export function createIcons(): Icons {
  const drawn = new Map<string, Promise<Icon>>()
  return (style, code) => {
    const key = `${style} ${code}`
    if (!drawn.has(key)) drawn.set(key, drawIcon(style, code))
    return drawn.get(key)!
  }
}

/** @throws Error if the style does not have the icon */
async function drawIcon(style: Style, code: string): Promise<Icon> {
  const svg = iconSVG(style, code)
  if (!svg) throw new Error(`icon: the style ${style} has no icon for the code point ${code}.`)
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const { left, top, right, bottom } = visibleBounds(data, info.width, info.height)
  const [width, height] = [right - left, bottom - top]
  const pixels = new Uint8Array(width * height * 4)
  let [weighted, alphas] = [0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((top + y) * info.width + left + x) * 4
      const to = (y * width + x) * 4
      const alpha = data[from + 3]!
      for (let c = 0; c < 3; c++) pixels[to + c] = Math.round((data[from + c]! * alpha) / 255)
      pixels[to + 3] = alpha
      weighted += alpha * lightness(data[from]!, data[from + 1]!, data[from + 2]!)
      alphas += alpha
    }
  }
  return { data: pixels, width, height, average: weighted / alphas }
}

function visibleBounds(data: Uint8Array, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 4 + 3]! < leastAlpha) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
    }
  }
  return { left, top, right, bottom }
}
