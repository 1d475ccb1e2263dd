/** The code pages that text is often wrongly decoded with, and UTF-8 with its common variants. Bytes are strings of U+0000 to U+00FF. */
import { codePages } from '../tables/mojibake'

/** A single-byte encoding. */
export interface CodePage {
  readonly name: string
  /** A byte without a character becomes the code point with its number. U+FFFD is byte 0x1a. */
  readonly sloppy: boolean
  readonly bytes: ReadonlyMap<string, string>
}

/** In the order in which they are tried. */
export const pages: readonly CodePage[] = [
  codePage('latin-1', String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 0x80 + i))),
  ...Object.entries(codePages).map(([name, characters]) => codePage(name, characters)),
]

/** Windows-1252 with its five unused bytes assigned. */
export const windows1252 = pages[1]!

function codePage(name: string, characters: string): CodePage {
  const sloppy = name.startsWith('sloppy-')
  const bytes = new Map<string, string>()
  for (let byte = 0; byte < 128; byte++) bytes.set(String.fromCharCode(byte), String.fromCharCode(byte))
  if (sloppy) {
    bytes.delete('\x1a')
    bytes.set('\ufffd', '\x1a')
  }
  ;[...characters].forEach((character, i) => bytes.set(character, String.fromCharCode(0x80 + i)))
  return { name, sloppy, bytes }
}

/** Encodes the text in a code page. Undefined if it has other characters. */
export function encode(text: string, { bytes }: CodePage): string | undefined {
  let encoded = ''
  for (const character of text) {
    const byte = bytes.get(character)
    if (byte === undefined) return undefined
    encoded += byte
  }
  return encoded
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes strict UTF-8. Undefined if the bytes are not UTF-8. */
export function decodeUTF8(bytes: string): string | undefined {
  try {
    return utf8.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  } catch {
    return undefined
  }
}

/** Python's `$` also matches before a line feed that ends the text. */
const end = '(?=\\n?$)'
const surrogatePair = `\\xed(?:[\\xa0-\\xaf]|${end})(?:[\\x80-\\xbf]|${end})(?:\\xed|${end})(?:[\\xb0-\\xbf]|${end})(?:[\\x80-\\xbf]|${end})`
const special = new RegExp(
  `\\xc0(?:\\x80|${end})|${surrogatePair}|\\xed(?:[\\xa0-\\xbf]|${end})(?:[\\x80-\\xbf]|${end})`,
)
const startsWithPair = new RegExp(`^${surrogatePair}`)

/** Decodes UTF-8 that may contain CESU-8's surrogate pairs and Java's two-byte zero (ftfy's `utf-8-variants`). Undefined if it fails. */
export function decodeUTF8Variants(bytes: string): string | undefined {
  let text = ''
  for (let rest = bytes; rest !== '';) {
    const [part, consumed] = decodeStep(rest)
    if (part === undefined) return undefined
    text += part
    rest = rest.slice(consumed)
  }
  return text
}

/** The text of the next part, and its length in bytes. */
function decodeStep(bytes: string): [string | undefined, number] {
  const at = bytes.search(special)
  if (at < 0) return [decodeUTF8(bytes), bytes.length]
  if (at > 0) return [decodeUTF8(bytes.slice(0, at)), at]
  if (bytes.startsWith('\xc0')) return bytes.length > 1 ? ['\0', 2] : [undefined, 1]
  if (bytes.length < 6) return [decodeUTF8(bytes), bytes.length]
  if (!startsWithPair.test(bytes)) return [decodeUTF8(bytes.slice(0, 3)), 3]
  const [, high, low, , higher, lower] = Array.from(bytes.slice(0, 6), (byte) => byte.charCodeAt(0))
  const code = ((high! & 0x0f) << 16) + ((low! & 0x3f) << 10) + ((higher! & 0x0f) << 6) + (lower! & 0x3f) + 0x10000
  return [String.fromCodePoint(code), 6]
}
