/** HTML's character references as Python's `html.unescape` decodes them. */
import { namedCharacters, namesWithoutSemicolon } from './tables/html-entities'

let named: Map<string, string> | undefined

/** Characters by name. Names that need no semicolon are in the table twice: `amp;`, `amp`. */
export function characterNames(): ReadonlyMap<string, string> {
  if (!named) {
    named = new Map(
      namedCharacters.split('\x01').map((row) => [`${row.split(' ', 1)[0]!};`, row.slice(row.indexOf(' ') + 1)]),
    )
    for (const name of namesWithoutSemicolon.split(' ')) named.set(name, named.get(`${name};`)!)
  }
  return named
}

/** References to 0x80 … 0x9f mean Windows-1252's characters (HTML 5, section on character references). */
const windows1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178'

/** Characters that a reference must not name. Python drops them. */
function isForbidden(code: number): boolean {
  const control = (code >= 0x1 && code <= 0x8) || code === 0xb || (code >= 0xe && code <= 0x1f) || code === 0x7f
  return control || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe
}

function fromNumber(code: number): string {
  if (code === 0) return '\ufffd'
  if (code === 0x0d) return '\r'
  if (code >= 0x80 && code <= 0x9f) return windows1252[code - 0x80]!
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return isForbidden(code) ? '' : String.fromCodePoint(code)
}

function decode(whole: string, reference: string): string {
  if (reference.startsWith('#')) {
    const hexadecimal = /^#x/i.test(reference)
    return fromNumber(parseInt(reference.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10))
  }
  const names = characterNames()
  const exact = names.get(reference)
  if (exact !== undefined) return exact
  for (let length = reference.length - 1; length > 1; length--) {
    const prefix = names.get(reference.slice(0, length))
    if (prefix !== undefined) return prefix + reference.slice(length)
  }
  return whole
}

const references = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu

/** Python's `html.unescape`. */
export function unescapeHTML(text: string): string {
  return text.includes('&') ? text.replace(references, decode) : text
}
