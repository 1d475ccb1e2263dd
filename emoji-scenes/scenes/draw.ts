/** Draws scenes: RGB pixels, and a mask that says which object each pixel shows. */
import type { RawImage } from 'dreamlip'
import { painterOf } from './backgrounds'
import { tinted, type Tint } from '../icons/colors'
import type { Icon, Icons } from '../icons/icons'
import { applyLook } from './apply-look'
import type { Scene, SceneObject } from './scene'

export interface Drawing {
  /** RGB. */
  readonly image: RawImage // [side, side, 3]
  /** 0 for the background, 1 for the first object, and so on. */
  readonly mask: RawImage // [side, side, 1]
}

/** A pixel belongs to an object that covers more than this share of it. */
const seen = 0.5

/** @param side width and height in pixels */
export async function drawScene(scene: Scene, side: number, icons: Icons): Promise<Drawing> {
  const drawn = await Promise.all(scene.objects.map((object) => paintIcon(object, icons)))
  const pixels = paintBackground(scene, side)
  const mask = new Uint8Array(side * side)
  for (const [i, object] of scene.objects.entries()) {
    for (const spot of spotsOf(object, drawn[i]!, side)) drawIcon(pixels, mask, side, i + 1, object, drawn[i]!, spot)
  }
  return {
    image: { data: pixels, width: side, height: side, channels: 3 },
    mask: { data: mask, width: side, height: side, channels: 1 },
  }
}

/** The icon of an object, in its look. A tint replaces the colours that the look would give. */
async function paintIcon({ style, code, look, tint }: SceneObject, icons: Icons): Promise<Icon> {
  const icon = await icons(style, code)
  if (!look) return icon
  return applyLook(icon, tint ? { ...look, palette: undefined, line: undefined } : look)
}

function paintBackground({ background }: Scene, side: number): Uint8Array {
  const paint = painterOf(background)
  const pixels = new Uint8Array(side * side * 3)
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (const value of paint((x + 0.5) / side, (y + 0.5) / side)) pixels[at++] = Math.round(value)
    }
  }
  return pixels
}

/** Where an icon is drawn, in pixels. */
interface Spot {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Each copy of the icon keeps its proportions and is centred in its share of the box. */
function spotsOf({ box, count }: SceneObject, icon: Icon, side: number): Spot[] {
  const cell = box.width / count
  // Neighbours in a row are slightly apart.
  const scale = (Math.min(cell, box.height) * (count > 1 ? 0.92 : 1) * side) / Math.max(icon.width, icon.height)
  const width = Math.max(1, Math.round(icon.width * scale))
  const height = Math.max(1, Math.round(icon.height * scale))
  return Array.from({ length: count }, (_, i) => ({
    left: Math.round((box.left + (i + 0.5) * cell) * side - width / 2),
    top: Math.round((box.top + box.height / 2) * side - height / 2),
    width,
    height,
  }))
}

function drawIcon(
  pixels: Uint8Array,
  mask: Uint8Array,
  side: number,
  index: number,
  { tint, mirrored }: SceneObject,
  icon: Icon,
  spot: Spot,
): void {
  const scaled = shrink(icon, spot.width, spot.height) // [height, width, 4]
  for (let y = Math.max(0, -spot.top); y < Math.min(spot.height, side - spot.top); y++) {
    for (let x = Math.max(0, -spot.left); x < Math.min(spot.width, side - spot.left); x++) {
      const from = (y * spot.width + (mirrored ? spot.width - 1 - x : x)) * 4
      const at = (spot.top + y) * side + spot.left + x
      const alpha = scaled[from + 3]! / 255
      if (alpha === 0) continue
      if (tint) tintPixel(scaled, from, tint, icon.average)
      for (let c = 0; c < 3; c++) {
        pixels[at * 3 + c] = Math.min(255, Math.round(scaled[from + c]! + pixels[at * 3 + c]! * (1 - alpha)))
      }
      if (alpha > seen) mask[at] = index
    }
  }
}

function tintPixel(data: Float32Array, at: number, tint: Tint, average: number): void {
  const alpha = data[at + 3]! / 255
  const [r, g, b] = tinted(tint, [data[at]! / alpha, data[at + 1]! / alpha, data[at + 2]! / alpha], average)
  data[at] = r * alpha
  data[at + 1] = g * alpha
  data[at + 2] = b * alpha
}

/** Makes an icon smaller: each pixel is the average of the area that it covers. Columns first, then rows. */
function shrink({ data, width, height }: Icon, newWidth: number, newHeight: number): Float32Array {
  const narrow = averageAlong(data, height, width, newWidth, width * 4, 4) // [newWidth, height, 4]
  return averageAlong(narrow, newWidth, height, newHeight, height * 4, 4) // [newHeight, newWidth, 4]
}

/**
 * Shortens each of `lines` lines of pixels by averaging spans, and transposes the result.
 * @returns `[outputs, lines, 4]`
 */
function averageAlong(
  data: Uint8Array | Float32Array,
  lines: number,
  inputs: number,
  outputs: number,
  lineStep: number,
  step: number,
): Float32Array {
  const result = new Float32Array(outputs * lines * 4)
  const span = inputs / outputs
  for (let o = 0; o < outputs; o++) {
    const [start, end] = [o * span, Math.min(inputs, (o + 1) * span)]
    for (let i = Math.floor(start); i < end; i++) {
      const weight = (Math.min(end, i + 1) - Math.max(start, i)) / (end - start)
      for (let line = 0, to = o * lines * 4; line < lines; line++, to += 4) {
        const from = line * lineStep + i * step
        for (let c = 0; c < 4; c++) result[to + c]! += weight * data[from + c]!
      }
    }
  }
  return result
}
