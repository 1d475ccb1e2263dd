/** The icon sets (each is a style of drawing), and which of their icons show a kind. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { colorsInNames } from './color-names'
import { glyphOf } from './font'
import { emojioneNames, fxemojiNames } from './icon-names'
import type { Kind } from './kinds'
import { namedIcons } from './named-icons'

/** The emoji of four artists: the styles of the split `train`. */
export const emojiStyles = ['noto', 'twemoji', 'emojione', 'fxemoji'] as const

/** All styles in colour that training shows. */
export const colorStyles = [...emojiStyles, 'noto-v1', 'streamline-emojis', 'streamline-color', 'icon-park'] as const

/** Styles drawn in one colour, the ink. The first is a font. */
export const inkStyles = [
  'noto-emoji',
  'emojione-monotone',
  'game-icons',
  'hugeicons',
  'mdi',
  'fa7-solid',
  'ph',
  'lucide',
  'mingcute',
  'tabler',
  'la',
  'bxs',
  'pixelarticons',
  'iconoir',
  'mynaui',
  'ion',
  'solar',
] as const

/** Styles that only tests use: one with filled shapes, like those of training, and one with black outlines. */
export const heldOutStyles = ['fluent-emoji-flat', 'openmoji'] as const

export type Style = (typeof colorStyles)[number] | (typeof inkStyles)[number] | (typeof heldOutStyles)[number]

/** Sets of emoji, whose icons are found by code point. Those of the other sets are found by name. */
const coded: ReadonlySet<Style> = new Set([
  ...emojiStyles,
  'noto-v1',
  'emojione-monotone',
  'noto-emoji',
  ...heldOutStyles,
] as const)

/** Sets whose colours are those of the things. */
const trueColors: ReadonlySet<Style> = new Set([
  ...emojiStyles,
  'noto-v1',
  'streamline-emojis',
  ...heldOutStyles,
] as const)

/** The file `icons.json` of an npm package `@iconify-json/*`. */
interface IconSet {
  readonly width?: number
  readonly height?: number
  readonly icons: Readonly<Record<string, { readonly body: string; readonly width?: number; readonly height?: number }>>
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>
}

const packages = createRequire(import.meta.url)
const read = new Map<string, unknown>()

/** A JSON file of an icon set. Each file is read once. */
function readSet<T>(style: Style, file: string): T {
  const name = `@iconify-json/${style}/${file}`
  if (!read.has(name)) read.set(name, JSON.parse(readFileSync(packages.resolve(name), 'utf8')))
  return read.get(name) as T
}

export function isInk(style: Style): boolean {
  return (inkStyles as readonly Style[]).includes(style)
}

/**
 * The SVG picture of an icon, 128 × 128 pixels, or `undefined` if the set does not have it. Ink is black.
 * @param icon a code point in sets of emoji, a name in others: what `iconsOf` returns
 */
export function iconSVG(style: Style, icon: string): string | undefined {
  const drawing = drawingOf(style, icon)
  if (!drawing) return undefined
  const { body, viewBox } = drawing
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="128" height="128" viewBox="${viewBox}">${body}</svg>`
}

function drawingOf(style: Style, icon: string): { readonly body: string; readonly viewBox: string } | undefined {
  if (style === 'noto-emoji') return glyphOf(icon)
  const set = readSet<IconSet>(style, 'icons.json')
  const name = coded.has(style) ? iconName(style, icon) : icon
  const drawing = name === undefined ? undefined : set.icons[set.aliases?.[name]?.parent ?? name]
  if (!drawing) return undefined
  const { body, width = set.width ?? 16, height = set.height ?? 16 } = drawing
  return { body, viewBox: `0 0 ${width} ${height}` }
}

const found = new Map<string, readonly string[]>()

/** The icons of a style that show a kind. */
export function iconsOf(style: Style, kind: Kind): readonly string[] {
  const key = `${style} ${kind.key}`
  if (!found.has(key)) found.set(key, findIcons(style, kind))
  return found.get(key)!
}

function findIcons(style: Style, kind: Kind): readonly string[] {
  // A red apple in black ink is not a red apple.
  if (!trueColors.has(style) && colorsInNames(kind).length > 0) return []
  if (coded.has(style)) return kind.codes.filter((code) => drawingOf(style, code) !== undefined)
  const { icons } = readSet<IconSet>(style, 'icons.json')
  const emoji = kind.codes.flatMap((code) => listed('twemoji', code) ?? [])
  return namedIcons(style, Object.keys(icons), kind, emoji)
}

function listed(style: Style, code: string): string | undefined {
  const chars = readSet<Readonly<Record<string, string>>>(style, 'chars.json')
  return chars[code] ?? chars[code.replace('-', '-fe0f-')]
}

/** Four sets list their icons by code point. The others use names close to theirs. */
function iconName(style: Style, code: string): string | undefined {
  if (style === 'emojione' || style === 'emojione-monotone') return emojioneNames[code] ?? listed('twemoji', code)
  if (style === 'fxemoji') return fxemojiNames[code] ?? listed('twemoji', code)?.replaceAll('-', '')
  if (style === 'noto-v1') return listed('noto', code)
  return listed(style, code)
}
