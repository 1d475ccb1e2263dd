/** Backgrounds: random ones as data, and the function that gives their pixels. */
import type { Random } from 'dreamlip'
import { colors, mix, plainColor, type ColorName, type RGB } from '../icons/colors'
import { pick } from './pick'
import { sceneries, type Painter, type Scenery } from './sceneries'

export type Background =
  | { readonly pattern: 'plain'; readonly colors: readonly [ColorName] }
  | {
      /** Upright stripes run from top to bottom. An upright gradient changes from top to bottom. */
      readonly pattern: 'gradient' | 'stripes' | 'dots' | 'checks'
      readonly colors: readonly [ColorName, ColorName]
      readonly upright: boolean
    }
  | { readonly pattern: 'scenery'; readonly scenery: Scenery }

/** How often stripes, dots and checks repeat along a side. */
const repeats = 4

/** All but black, which would hide dark things. */
const names = (Object.keys(colors) as ColorName[]).filter((name) => name !== 'black')

/** A random background without these colours. 40 % are plain. */
export function createBackground(random: Random, without: readonly string[]): Background {
  const free = names.filter((name) => !without.includes(plainColor(name)))
  const kind = random.uniform()
  if (kind < 0.4) return { pattern: 'plain', colors: [pick(random, free)] }
  if (kind < 0.65) {
    const open = Object.entries(sceneries).filter(([, { main }]) => main.every((color) => !without.includes(color)))
    if (open.length > 0) return { pattern: 'scenery', scenery: pick(random, open)[0] as Scenery }
  }
  const pattern = pick(random, ['gradient', 'stripes', 'dots', 'checks'] as const)
  const first = pick(random, free)
  const second = pick(
    random,
    free.filter((name) => plainColor(name) !== plainColor(first)),
  )
  return { pattern, colors: [first, second], upright: random.uniform() < 0.5 }
}

export function painterOf(background: Background): Painter {
  if (background.pattern === 'scenery') return sceneries[background.scenery].paint
  const [a, b = a] = background.colors.map(softened) as [RGB, RGB?]
  if (background.pattern === 'plain') return () => a
  const { upright } = background
  const paint: Readonly<Record<typeof background.pattern, Painter>> = {
    gradient: (x, y) => mix(a, b, upright ? y : x),
    stripes: (x, y) => ((((upright ? x : y) * repeats * 2) | 0) % 2 === 0 ? a : b),
    checks: (x, y) => (((x * repeats) | 0) % 2 === ((y * repeats) | 0) % 2 ? a : b),
    dots: (x, y) => (Math.hypot(((x * repeats) % 1) - 0.5, ((y * repeats) % 1) - 0.5) < 0.25 ? b : a),
  }
  return paint[background.pattern]
}

/** A bit lighter than the colour itself, so that things of that colour stand out. Dark colours stay dark. */
function softened(name: ColorName): RGB {
  return name.startsWith('dark') ? colors[name] : mix(colors[name], colors.white, 0.25)
}
