/** Random ways to draw an icon otherwise than its artist did, so that a model learns things and not artists. */
import type { Random } from 'dreamlip'
import { colors, type RGB } from './colors'
import { chance, pick } from '../scenes/pick'

/** Changes to a drawing. A missing key changes nothing. */
export interface Look {
  /** Turned clockwise, in radians. */
  readonly turn: number
  /** Width over height, beside the icon's own. */
  readonly stretch: number
  /** The colour of a drawing in one colour. */
  readonly ink?: RGB
  /** The colour of what an ink drawing encloses. */
  readonly filling?: RGB
  readonly palette?: Palette
  /** A line around the drawing and along its inner edges, and the colour that all between the lines has instead of its own. */
  readonly line?: { readonly color: RGB; readonly width: number; readonly paper?: RGB }
  /** Lighter at one side: the change of lightness from the middle to the side, and its direction in radians. */
  readonly shade?: { readonly change: number; readonly direction: number }
}

export interface Palette {
  /** Turn of the hue, in radians. */
  readonly hue: number
  /** Factor of the saturation. 0 is grey. */
  readonly saturation: number
  /** Factor of the difference to the mid tone, and what is added. */
  readonly contrast: number
  readonly lightness: number
}

const inks: readonly RGB[] = [
  colors.black,
  [0, 0, 0],
  [60, 60, 70],
  colors['dark blue'],
  colors['dark green'],
  colors.brown,
  colors.red,
  colors.blue,
  colors.green,
  colors.purple,
  colors.orange,
  colors.white,
]
const fillings: readonly RGB[] = [
  colors.white,
  colors.white,
  colors.white,
  colors.yellow,
  colors.beige,
  colors['light blue'],
  colors['light green'],
  colors.pink,
  colors.orange,
  colors.gray,
]

export interface LookChoices {
  /** Whether the icon is drawn in ink. */
  readonly ink: boolean
  /** Whether its colours must stay what they are called. */
  readonly keepColors: boolean
}

export function createLook(random: Random, { ink, keepColors }: LookChoices): Look {
  const shape = {
    turn: chance(random, 0.6) ? spread(random, 0.3) : 0,
    stretch: chance(random, 0.5) ? Math.exp(spread(random, 0.22)) : 1,
  }
  const shade = chance(random, 0.3)
    ? { change: 0.1 + 0.3 * random.uniform(), direction: 2 * Math.PI * random.uniform() }
    : undefined
  if (ink) {
    const own = chance(random, 0.5) ? colors.black : pick(random, inks)
    return { ...shape, shade, ink: own, filling: chance(random, 0.45) ? pick(random, fillings) : undefined }
  }
  return { ...shape, shade, line: createLine(random, keepColors), palette: createPalette(random, keepColors) }
}

function createLine(random: Random, keepColors: boolean): Look['line'] {
  if (!chance(random, 0.4)) return undefined
  const width = 1 + Math.floor(random.uniform() * 4)
  if (!keepColors && chance(random, 0.3)) return { color: colors.black, width, paper: pick(random, fillings) }
  return { color: chance(random, 0.8) ? colors.black : pick(random, inks), width }
}

function createPalette(random: Random, keepColors: boolean): Palette | undefined {
  if (chance(random, 0.3)) return undefined
  const light = { contrast: Math.exp(spread(random, 0.3)), lightness: spread(random, 24) }
  if (keepColors) return { hue: spread(random, 0.12), saturation: 0.85 + 0.35 * random.uniform(), ...light }
  if (chance(random, 0.12)) return { hue: 0, saturation: 0, ...light }
  const hue = chance(random, 0.2) ? spread(random, Math.PI) : spread(random, 0.35)
  return { hue, saturation: 0.5 + 0.9 * random.uniform(), ...light }
}

/** Between -most and most. */
function spread(random: Random, most: number): number {
  return most * (2 * random.uniform() - 1)
}
