/** The icon sets (each is a style of drawing), and the names of their icons by code point. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { emojioneNames, fxemojiNames } from './icon-names'

/** Styles of the training pictures. */
export const trainStyles = ['noto', 'twemoji', 'emojione', 'fxemoji'] as const

/** Styles that only tests use: one with filled shapes, like those of training, and one with black outlines, unlike them. */
export const heldOutStyles = ['fluent-emoji-flat', 'openmoji'] as const

export type Style = (typeof trainStyles)[number] | (typeof heldOutStyles)[number]

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

/** The SVG picture of an emoji in a style, 128 × 128 pixels, or `undefined` if the set does not have it. */
export function iconSVG(style: Style, code: string): string | undefined {
  const set = readSet<IconSet>(style, 'icons.json')
  const name = iconName(style, code)
  const icon = name === undefined ? undefined : set.icons[set.aliases?.[name]?.parent ?? name]
  if (!icon) return undefined
  const [width, height] = [icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16]
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="128" height="128" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`
}

/** Those of the codes that a style has an icon for. */
export function codesIn(style: Style, codes: readonly string[]): string[] {
  const { icons, aliases } = readSet<IconSet>(style, 'icons.json')
  return codes.filter((code) => {
    const name = iconName(style, code)
    return name !== undefined && (name in icons || name in (aliases ?? {}))
  })
}

/** Four sets list their icons by code point. The other two use names close to Twemoji's. */
function iconName(style: Style, code: string): string | undefined {
  const listed = (of: Style) => {
    const chars = readSet<Readonly<Record<string, string>>>(of, 'chars.json')
    return chars[code] ?? chars[code.replace('-', '-fe0f-')]
  }
  if (style === 'emojione') return emojioneNames[code] ?? listed('twemoji')
  if (style === 'fxemoji') return fxemojiNames[code] ?? listed('twemoji')?.replaceAll('-', '')
  return listed(style)
}
