/** Changes an icon's pixels as a look says. */
import { lightness, type RGB } from '../icons/colors'
import type { Icon } from '../icons/icons'
import type { Look, Palette } from '../icons/looks'

/** Pixels with less alpha than this do not close a shape. */
const closing = 60

/** @returns a new icon, which may be larger than the old one */
export function applyLook(icon: Icon, { turn, stretch, ink, filling, palette, line, shade }: Look): Icon {
  let drawn = icon
  if (ink) drawn = filling ? filled(inked(drawn, ink), filling) : inked(drawn, ink)
  if (palette) drawn = recoloured(drawn, palette)
  if (shade) drawn = shaded(drawn, shade)
  if (turn !== 0 || stretch !== 1) drawn = turned(drawn, turn, stretch)
  if (line) drawn = lined(drawn, line)
  return drawn
}

/** The icon with each pixel's colour changed; colours come and go premultiplied. */
function mapColors(icon: Icon, change: (r: number, g: number, b: number, x: number, y: number) => RGB): Icon {
  const { width, height } = icon
  const data = new Uint8Array(icon.data)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const alpha = data[at + 3]! / 255
      if (alpha === 0) continue
      const changed = change(data[at]! / alpha, data[at + 1]! / alpha, data[at + 2]! / alpha, x, y)
      for (let c = 0; c < 3; c++) data[at + c] = Math.round(clamped(changed[c]!) * alpha)
    }
  }
  return { ...icon, data }
}

function clamped(value: number): number {
  return Math.max(0, Math.min(255, value))
}

function inked(icon: Icon, ink: RGB): Icon {
  return { ...mapColors(icon, () => ink), average: lightness(...ink) }
}

/** Turns the colour circle in the plane of equal R + G + B, then changes contrast and lightness. */
function recoloured(icon: Icon, { hue, saturation, contrast, lightness: added }: Palette): Icon {
  const [cos, sin] = [Math.cos(hue), Math.sin(hue) / Math.sqrt(3)]
  return mapColors(icon, (r, g, b) => {
    const mean = (r + g + b) / 3
    const [x, y, z] = [r - mean, g - mean, b - mean]
    const tone = 128 + contrast * (mean - 128) + added
    return [
      tone + saturation * contrast * (cos * x + sin * (z - y)),
      tone + saturation * contrast * (cos * y + sin * (x - z)),
      tone + saturation * contrast * (cos * z + sin * (y - x)),
    ]
  })
}

function shaded(icon: Icon, { change, direction }: NonNullable<Look['shade']>): Icon {
  const [dx, dy] = [Math.cos(direction) / icon.width, Math.sin(direction) / icon.height]
  return mapColors(icon, (r, g, b, x, y) => {
    const factor = 1 + change * 2 * ((x - icon.width / 2) * dx + (y - icon.height / 2) * dy)
    return [r * factor, g * factor, b * factor]
  })
}

/** Lays a colour under what the drawing encloses: under every pixel that the outside does not reach. */
function filled(icon: Icon, color: RGB): Icon {
  const { width, height } = icon
  const outside = new Uint8Array(width * height)
  const open: number[] = []
  const reach = (place: number) => {
    if (outside[place] === 1 || icon.data[place * 4 + 3]! >= closing) return
    outside[place] = 1
    open.push(place)
  }
  for (let x = 0; x < width; x++) [x, (height - 1) * width + x].forEach(reach)
  for (let y = 0; y < height; y++) [y * width, y * width + width - 1].forEach(reach)
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const x = place % width
    if (x > 0) reach(place - 1)
    if (x < width - 1) reach(place + 1)
    if (place >= width) reach(place - width)
    if (place < (height - 1) * width) reach(place + width)
  }
  const data = new Uint8Array(icon.data)
  for (let place = 0, at = 0; place < outside.length; place++, at += 4) {
    if (outside[place] === 1) continue
    const under = 1 - data[at + 3]! / 255
    for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c]! + color[c]! * under)
    data[at + 3] = 255
  }
  return { ...icon, data }
}

/** Turned about the middle and stretched, on a canvas that just holds it. Bilinear. */
function turned(icon: Icon, angle: number, stretch: number): Icon {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [across, down] = [Math.sqrt(stretch), 1 / Math.sqrt(stretch)]
  const [w, h] = [icon.width * across, icon.height * down]
  const width = Math.ceil(Math.abs(w * cos) + Math.abs(h * sin))
  const height = Math.ceil(Math.abs(w * sin) + Math.abs(h * cos))
  const data = new Uint8Array(width * height * 4)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [dx, dy] = [x + 0.5 - width / 2, y + 0.5 - height / 2]
      const fromX = (cos * dx + sin * dy) / across + icon.width / 2 - 0.5
      const fromY = (cos * dy - sin * dx) / down + icon.height / 2 - 0.5
      sample(icon, fromX, fromY, data, at)
    }
  }
  return { ...icon, data, width, height }
}

/** Writes the pixel at a place between pixels. Outside the icon all is transparent. */
function sample({ data, width, height }: Icon, x: number, y: number, out: Uint8Array, at: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  if (left < -1 || top < -1 || left >= width || top >= height) return
  const [right, bottom] = [x - left, y - top]
  let [r, g, b, a] = [0, 0, 0, 0]
  for (let py = Math.max(0, top); py <= Math.min(top + 1, height - 1); py++) {
    for (let px = Math.max(0, left); px <= Math.min(left + 1, width - 1); px++) {
      const share = (px === left ? 1 - right : right) * (py === top ? 1 - bottom : bottom)
      const from = (py * width + px) * 4
      r += data[from]! * share
      g += data[from + 1]! * share
      b += data[from + 2]! * share
      a += data[from + 3]! * share
    }
  }
  out[at] = Math.round(r)
  out[at + 1] = Math.round(g)
  out[at + 2] = Math.round(b)
  out[at + 3] = Math.round(a)
}

/** Draws a line around the drawing, and where its lightness changes at once. */
function lined(icon: Icon, { color, width: lineWidth, paper }: NonNullable<Look['line']>): Icon {
  const width = icon.width + 2 * lineWidth
  const height = icon.height + 2 * lineWidth
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < icon.height; y++) {
    const row = icon.data.subarray(y * icon.width * 4, (y + 1) * icon.width * 4)
    data.set(row, ((y + lineWidth) * width + lineWidth) * 4)
  }
  const alpha = channel(data, (at) => data[at + 3]!)
  const around = widened(alpha, width, height, lineWidth)
  const inner = widened(edges(data, width, height), width, height, Math.floor(lineWidth / 2))
  for (let place = 0, at = 0; place < alpha.length; place++, at += 4) {
    const over = inner[place]! / 255
    for (let c = 0; c < 3; c++) {
      const own = paper ? (paper[c]! * data[at + 3]!) / 255 : data[at + c]!
      const inside = own * (1 - over) + (color[c]! * over * data[at + 3]!) / 255
      data[at + c] = Math.round(inside + (color[c]! * Math.max(0, around[place]! - data[at + 3]!)) / 255)
    }
    data[at + 3] = Math.max(data[at + 3]!, around[place]!)
  }
  return { ...icon, data, width, height }
}

function channel(data: Uint8Array, value: (at: number) => number): Uint8Array {
  const values = new Uint8Array(data.length / 4)
  for (let place = 0; place < values.length; place++) values[place] = value(place * 4)
  return values
}

/** 255 where the lightness of opaque pixels jumps to the right or downwards. */
function edges(data: Uint8Array, width: number, height: number): Uint8Array {
  const light = channel(data, (at) => 255 * lightness(data[at]!, data[at + 1]!, data[at + 2]!))
  const found = new Uint8Array(light.length)
  for (let y = 0; y < height - 2; y++) {
    for (let x = 0; x < width - 2; x++) {
      const place = y * width + x
      const opaque = [place, place + 2, place + 2 * width].every((each) => data[each * 4 + 3]! > 250)
      if (!opaque) continue
      const jump = Math.max(
        Math.abs(light[place]! - light[place + 2]!),
        Math.abs(light[place]! - light[place + 2 * width]!),
      )
      if (jump > 30) found[place + width + 1] = 255
    }
  }
  return found
}

/** The largest value within a distance, along rows and then along columns. */
function widened(values: Uint8Array, width: number, height: number, distance: number): Uint8Array {
  if (distance === 0) return values
  const rows = widenedAlong(values, { lines: height, lineStep: width, length: width, step: 1 }, distance)
  return widenedAlong(rows, { lines: width, lineStep: 1, length: height, step: width }, distance)
}

interface Lines {
  readonly lines: number
  readonly lineStep: number
  readonly length: number
  readonly step: number
}

function widenedAlong(values: Uint8Array, { lines, lineStep, length, step }: Lines, distance: number): Uint8Array {
  const result = new Uint8Array(values.length)
  for (let line = 0; line < lines; line++) {
    for (let at = 0, first = line * lineStep; at < length; at++) {
      let most = 0
      const last = Math.min(length - 1, at + distance)
      for (let i = Math.max(0, at - distance); i <= last; i++) most = Math.max(most, values[first + i * step]!)
      result[first + at * step] = most
    }
  }
  return result
}
