/** Colours for labels that are easy to tell apart. */
import type { Color } from './color-map'

/** The values of red, green and blue that colours are chosen from: 0, 17, …, 255. */
const levels = Array.from({ length: 16 }, (_, i) => 17 * i)

/** Limits in OKLab: a colour over a gray picture must not be dark, pale or gray. */
const lightness = { least: 0.45, most: 0.93 }
const leastChroma = 0.09

/**
 * Returns the first `count` colours of a list. Each colour is the one that is farthest from black, gray, white and all colours before
 * it, in OKLab, where distance is perceived difference. So a label keeps its colour if labels are added after it. The colours repeat
 * after about 2,000.
 */
export function labelColors(count: number): Color[] {
  const candidates = levels.flatMap((r) => levels.flatMap((g) => levels.map((b): Color => [r, g, b]))).filter(isVivid)
  const places = candidates.map(toOKLab)
  const distances = places.map((place) => Math.min(...grays.map((gray) => distance(place, gray))))
  const chosen: Color[] = []
  while (chosen.length < Math.min(count, candidates.length)) {
    const next = distances.reduce((best, value, i) => (value > distances[best]! ? i : best), 0)
    chosen.push(candidates[next]!)
    places.forEach((place, i) => (distances[i] = Math.min(distances[i]!, distance(place, places[next]!))))
  }
  return Array.from({ length: count }, (_, i) => chosen[i % chosen.length]!)
}

const grays = [0, 128, 255].map((value) => toOKLab([value, value, value]))

function isVivid(color: Color): boolean {
  const [light, a, b] = toOKLab(color)
  return light >= lightness.least && light <= lightness.most && Math.hypot(a, b) >= leastChroma
}

function distance(a: Color, b: Color): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

/** Lightness from 0 to 1, green to red, blue to yellow: Björn Ottosson's OKLab (2020). */
function toOKLab(color: Color): Color {
  const [r, g, b] = [toLinear(color[0]), toLinear(color[1]), toLinear(color[2])]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

/** sRGB's transfer curve, 0 to 255 → 0 to 1. */
function toLinear(value: number): number {
  const v = value / 255
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
}
