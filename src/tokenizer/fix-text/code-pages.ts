/** Bytes of the code pages that text is wrongly decoded with, and UTF-8 with its common variants. Bytes are strings of U+0000 to U+00FF. */
import { codePages } from '../tables/mojibake'

/** A single-byte encoding. */
export interface CodePage {
  readonly name: string
  /** Bytes without a character stand for themselves, and U+FFFD is byte 0x1a. */
  readonly sloppy: boolean
  readonly bytes: ReadonlyMap<string, string>
}

/** In the order in which they are tried. */
export const pages: readonly CodePage[] = [
  codePage('latin-1', String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 0x80 + i))),
  ...Object.entries(codePages).map(([name, characters]) => codePage(name, characters)),
]

/** Windows-1252 with its five empty places filled. */
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

/** The text in a code page, or undefined when it has other characters. */
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

/** Strict UTF-8; undefined when it is not. */
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

/** UTF-8 that may hold CESU-8's surrogate pairs and Java's long zero (ftfy's `utf-8-variants`); undefined when it does not decode. */
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

/** The text of the next stretch, and how many bytes it took. */
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
