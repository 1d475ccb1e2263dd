/** Named colours, and how a drawing is recoloured. */

export type RGB = readonly [number, number, number]

export const colors = {
  red: [222, 56, 49],
  orange: [240, 140, 40],
  yellow: [247, 214, 64],
  green: [72, 172, 84],
  blue: [58, 118, 222],
  purple: [146, 84, 200],
  pink: [246, 150, 190],
  brown: [142, 98, 64],
  gray: [152, 156, 162],
  white: [250, 250, 250],
  black: [34, 34, 40],
  beige: [240, 226, 198],
  turquoise: [66, 200, 194],
  'light blue': [172, 212, 246],
  'light green': [188, 230, 180],
  'dark blue': [34, 50, 118],
  'dark green': [28, 88, 54],
} as const satisfies Readonly<Record<string, RGB>>

export type ColorName = keyof typeof colors

/** Colours that things can be recoloured in. */
export const tints = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink'] as const

export type Tint = (typeof tints)[number]

/** The colour without "light" or "dark". */
export function plainColor(name: ColorName): string {
  return name.split(' ').at(-1)!
}

/** The names of plain colours among the words of a text. */
export function colorsIn(text: string): string[] {
  return text.split(' ').filter((word) => word in colors)
}

/** The colour between two, `share` of the way from `a` to `b`. */
export function mix(a: RGB, b: RGB, share: number): RGB {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share]
}

/** How light a colour is to the eye, 0 to 1 (Rec. 601). */
export function lightness(r: number, g: number, b: number): number {
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255
}

const dark: RGB = [20, 20, 20]
const light: RGB = [255, 255, 255]

/**
 * A pixel in the tint's hue. It is lighter or darker than the tint as the pixel is than its picture, so that the drawing stays clear.
 * @param average lightness of the whole picture; pixels of this lightness become the tint itself
 */
export function tinted(tint: Tint, pixel: RGB, average: number): RGB {
  const difference = Math.max(-0.75, Math.min(0.75, 1.2 * (lightness(...pixel) - average)))
  return mix(colors[tint], difference < 0 ? dark : light, Math.abs(difference))
}
