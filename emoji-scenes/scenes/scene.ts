/** A scene as data: its background, and the things on it with their size, colour, number and place. */
import type { Random } from 'dreamlip'
import { createBackground, type Background } from './backgrounds'
import { colorsIn, tints, type Tint } from '../icons/colors'
import { kindOf, kinds, type Kind } from '../icons/kinds'
import { overlap, placeOf, type Box, type Place } from './places'
import { chance, pick, shuffled } from './pick'
import { colorsInNames } from '../icons/color-names'
import { createLook, type Look } from '../icons/looks'
import { iconsOf, isInk, type Style } from '../icons/styles'

export type Size = 'small' | 'medium' | 'large'

/** The side of one emoji of each size, as a fraction of the picture's side. Gaps between the ranges keep sizes unambiguous. */
const sizeRanges: Readonly<Record<Size, readonly [number, number]>> = {
  small: [0.22, 0.28],
  medium: [0.36, 0.43],
  large: [0.54, 0.64],
}

export interface SceneObject {
  /** Key of its kind. */
  readonly kind: string
  readonly style: Style
  /** Code point of the emoji, or the icon's name in sets without emoji: a kind may have several. */
  readonly code: string
  /** How the drawing differs from the artist's. */
  readonly look?: Look
  /** How many are drawn side by side, in equal shares of the box. */
  readonly count: 1 | 2 | 3
  /** The colour of the whole drawing, if it is not the usual one. */
  readonly tint?: Tint
  readonly size: Size
  readonly place: Place
  /** Whether left and right are swapped. */
  readonly mirrored: boolean
  /** As fractions of the picture's side. */
  readonly box: Box
}

export interface Scene {
  readonly background: Background
  /** Later objects are drawn over earlier ones. They hardly overlap. */
  readonly objects: readonly SceneObject[]
}

export interface SceneChoices {
  readonly kinds: readonly Kind[]
  readonly styles: readonly Style[]
  /** The first object is one of these. Default: `kinds`. */
  readonly include?: readonly Kind[]
  /** Whether drawings get random looks, and those in ink are as frequent as their number of icons asks. Default: false. */
  readonly looks?: boolean
  /** Default: `scene`. */
  readonly view?: View
}

/** Things in a scene, one thing from near, or two to four things of about one size, each in a quarter of the picture. */
export type View = 'scene' | 'close-up' | 'collection'

/** The share of drawings in ink, where styles in ink are among the choices and looks are. */
const inkShare = 0.3

/** The largest side of a thing that is alone in the picture. */
const largestAlone = 0.88

/** Most scenes have one to three objects. */
const objectCounts = [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]
const placingAttempts = 40
const mostOverlap = 0.04

/**
 * A random scene. An object that fits nowhere is left out; the first one always fits.
 * @throws Error if none of the styles has any of the kinds
 */
export function createScene(random: Random, choices: SceneChoices): Scene {
  const { kinds: allowed, styles, include = allowed, view = 'scene' } = choices
  const drawable = include.filter((kind) => styles.some((style) => iconsOf(style, kind).length > 0))
  if (drawable.length === 0) throw new Error(`scene: none of the styles ${styles.join(', ')} has any of the kinds.`)
  if (view === 'close-up') return createCloseUp(random, pick(random, drawable), choices)
  if (view === 'collection') return createCollection(random, drawable, choices)
  const wanted = pick(random, objectCounts)
  const objects: SceneObject[] = []
  for (let attempt = 0; objects.length === 0 || (attempt < wanted * 3 && objects.length < wanted); attempt++) {
    const kind = pick(random, objects.length === 0 ? drawable : allowed)
    if (objects.some((other) => confusable(kind, kindOf(other.kind)))) continue
    const object = createObject(random, kind, choices, objects, wanted === 1)
    if (object) objects.push(object)
  }
  return { background: createBackground(random, objects.flatMap(hiddenBy)), objects }
}

/** Sides of a thing that is seen from near, as a fraction of the picture's side. */
const closeUpSides = [0.5, 1] as const

function createCloseUp(random: Random, kind: Kind, choices: SceneChoices): Scene {
  const whole = { left: 0, top: 0, width: 1, height: 1 }
  const object = createWithin(random, kind, choices, 'large', whole, closeUpSides)
  return { background: createBackground(random, hiddenBy(object)), objects: [object] }
}

/** Sides of a thing in a quarter of the picture, as a fraction of the picture's side. */
const collectedSides = [0.3, 0.5] as const

const quarters: readonly Box[] = [0, 0.5].flatMap((top) =>
  [0, 0.5].map((left) => ({ left, top, width: 0.5, height: 0.5 })),
)

function createCollection(random: Random, drawable: readonly Kind[], choices: SceneChoices): Scene {
  const chosen: Kind[] = []
  const wanted = pick(random, [2, 3, 4, 4])
  while (chosen.length < wanted) {
    const kind = pick(random, drawable)
    if (!chosen.some((other) => other === kind || confusable(kind, other))) chosen.push(kind)
  }
  const cells = shuffled(random, quarters)
  const objects = chosen.map((kind, i) => createWithin(random, kind, choices, 'medium', cells[i]!, collectedSides))
  return { background: createBackground(random, objects.flatMap(hiddenBy)), objects }
}

/** A thing somewhere in a part of the picture. */
function createWithin(
  random: Random,
  kind: Kind,
  choices: SceneChoices,
  size: Size,
  part: Box,
  [least, most]: readonly [number, number],
): SceneObject {
  const drawing = createDrawing(random, kind, choices)!
  const side = least + random.uniform() * (most - least)
  const left = part.left + random.uniform() * (part.width - side)
  const top = part.top + random.uniform() * (part.height - side)
  const box = { left, top, width: side, height: side }
  const mirrored = chance(random, 0.3)
  return { kind: kind.key, ...drawing, count: 1, size, place: placeOf(box) ?? 'centre', mirrored, box }
}

/** Background colours that would hide an object. */
function hiddenBy({ kind, tint }: SceneObject): string[] {
  return [...kindColors(kindOf(kind)), ...(tint ? [tint] : [])]
}

function createObject(
  random: Random,
  kind: Kind,
  choices: SceneChoices,
  others: readonly SceneObject[],
  alone: boolean,
): SceneObject | undefined {
  const drawing = createDrawing(random, kind, choices)
  if (!drawing) return undefined
  const count = isCountable(kind) && chance(random, 0.15) ? pick(random, [2, 3] as const) : 1
  const size = pick(random, sizesFor(count, others.length, alone))
  const [least, most] = sizeRanges[size]
  const range = [least, alone && size === 'large' ? largestAlone : most] as const
  const box = findPlace(random, range, count, others)
  if (!box) return undefined
  const { style, code, tint, look } = drawing
  const mirrored = chance(random, 0.3)
  return {
    kind: kind.key,
    style,
    code,
    count,
    tint,
    size,
    place: placeOf(box)!,
    mirrored,
    ...(look ? { look } : {}),
    box,
  }
}

/** An icon of the kind, and how it is drawn; nothing if none of the styles has one. */
function createDrawing(
  random: Random,
  kind: Kind,
  { styles, looks = false }: SceneChoices,
): Pick<SceneObject, 'style' | 'code' | 'tint' | 'look'> | undefined {
  const having = styles.filter((style) => iconsOf(style, kind).length > 0)
  if (having.length === 0) return undefined
  const style = pick(random, looks ? ofOneSort(random, having) : having)
  const code = pick(random, iconsOf(style, kind))
  const tint = isTintable(kind) && chance(random, 0.2) ? pick(random, tints) : undefined
  if (!looks) return { style, code, tint }
  return {
    style,
    code,
    tint,
    look: createLook(random, { ink: isInk(style), keepColors: colorsInNames(kind).length > 0 }),
  }
}

/** The styles in ink or the others, if there are both. */
function ofOneSort(random: Random, styles: readonly Style[]): readonly Style[] {
  const [ink, color] = [styles.filter(isInk), styles.filter((style) => !isInk(style))]
  if (ink.length === 0) return color
  return color.length === 0 || chance(random, inkShare) ? ink : color
}

/** Several in a row must fit next to each other. Large things leave little room, so they are more often alone. */
function sizesFor(count: number, others: number, alone: boolean): readonly Size[] {
  if (count === 3) return ['small']
  if (count === 2) return ['small', 'medium']
  if (alone) return ['small', 'medium', 'large', 'large']
  return others < 2 ? ['small', 'medium', 'medium', 'large'] : ['small', 'medium']
}

/** A box inside the picture, unambiguously in one of the nine places, that hardly overlaps the others. */
function findPlace(
  random: Random,
  [least, most]: readonly [number, number],
  count: number,
  others: readonly SceneObject[],
): Box | undefined {
  for (let attempt = 0; attempt < placingAttempts; attempt++) {
    const height = least + random.uniform() * (most - least)
    const width = height * count
    const box = { left: random.uniform() * (1 - width), top: random.uniform() * (1 - height), width, height }
    if (placeOf(box) && others.every((other) => overlap(box, other.box) <= mostOverlap)) return box
  }
  return undefined
}

/** Nouns that come in colours: "red book", "green apple". */
const colouredNouns = new Set(
  kinds.flatMap(({ names: [{ text }] }) => (colorsIn(text).some(isTint) ? [text.split(' ').at(-1)!] : [])),
)

function isTint(color: string): boolean {
  return (tints as readonly string[]).includes(color)
}

/** Things that come in several colours keep theirs: a red book drawn in green would be a green book. */
function isTintable(kind: Kind): boolean {
  return !kind.names.some(({ text }) =>
    text.split(' ').some((word) => colouredNouns.has(word) || colorsIn(word).length),
  )
}

/** Background colours that would hide a thing: those in its names, and pale ones for white things. */
function kindColors(kind: Kind): string[] {
  const named = colorsInNames(kind)
  return named.includes('white') ? [...named, 'gray', 'beige'] : named
}

/** Plural names cannot be counted: "two grapes" would not mean two bunches. */
function isCountable(kind: Kind): boolean {
  return !kind.names[0].plural
}

/** Whether a name of one contains a name of the other: a sentence about a tree would also fit a palm tree. */
function confusable(a: Kind, b: Kind): boolean {
  const within = (inner: Kind, outer: Kind) =>
    inner.names.some(({ text }) => outer.names.some((other) => ` ${other.text} `.includes(` ${text} `)))
  return within(a, b) || within(b, a)
}

/** One emoji in the middle of a plain background, for zero-shot classification. */
export function singleEmoji(
  choice: Pick<SceneObject, 'kind' | 'style' | 'code'>,
  background: Background = { pattern: 'plain', colors: ['white'] },
): Scene {
  const box = { left: 0.1, top: 0.1, width: 0.8, height: 0.8 }
  return {
    background,
    objects: [{ ...choice, count: 1, size: 'large', place: 'centre', mirrored: false, box }],
  }
}
