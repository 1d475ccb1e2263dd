/** Noto Emoji, a font whose glyphs are emoji drawn in black outlines. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import opentype, { type Font } from 'opentype.js'

const packages = createRequire(import.meta.url)
const weight = 500

/** Which code points each file of the font has, like `{"[0]": "U+1f1e6-1f1ff,U+a9"}`. */
const ranges = JSON.parse(readFileSync(packages.resolve('@fontsource/noto-emoji/unicode.json'), 'utf8')) as Readonly<
  Record<string, string>
>

const fonts = new Map<string, Font>()

/** The part of the font with a code point. Each file is read once. */
function fontWith(code: number): Font | undefined {
  const part = Object.keys(ranges).find((name) => ranges[name]!.split(',').some((range) => isWithin(code, range)))
  if (part === undefined) return undefined
  if (!fonts.has(part)) {
    const file = `@fontsource/noto-emoji/files/noto-emoji-${part.replace(/\D/g, '')}-${weight}-normal.woff`
    const bytes = readFileSync(packages.resolve(file))
    fonts.set(part, opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)))
  }
  return fonts.get(part)
}

/** @param range like `U+a9` or `U+1f1e6-1f1ff` */
function isWithin(code: number, range: string): boolean {
  const [first, last = first] = range
    .slice(2)
    .split('-')
    .map((digits) => parseInt(digits, 16))
  return code >= first! && code <= last!
}

/**
 * The glyph of an emoji of one code point, as the contents of an SVG, or `undefined` if the font does not have it.
 * @param code like `1f98a`
 */
export function glyphOf(code: string): { readonly body: string; readonly viewBox: string } | undefined {
  const [base, ...others] = code.split('-').filter((part) => part !== 'fe0f')
  if (base === undefined || others.length > 0) return undefined
  const point = parseInt(base, 16)
  const font = fontWith(point)
  const glyph = font?.charToGlyph(String.fromCodePoint(point))
  if (!font || !glyph || glyph.index === 0) return undefined
  const { x1, y1, x2, y2 } = glyph.getBoundingBox()
  const side = Math.max(x2 - x1, y2 - y1)
  const body = glyph.getPath(0, 0, font.unitsPerEm).toSVG(2) // in units of the font, y downwards
  return { body, viewBox: `${x1} ${-y2} ${side} ${side}` }
}
