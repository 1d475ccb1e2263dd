/** Undoes wrong decodings: UTF-8 that was decoded with a single-byte code page, once or several times (ftfy's `fix_encoding`). */
import { isASCII } from '../python-text'
import { utf8Clues } from '../tables/mojibake'
import { isBad } from './badness'
import { decodeUTF8, decodeUTF8Variants, encode, pages, windows1252 } from './code-pages'
import type { Work } from './work'

const c1Controls = /[\x80-\x9f]/g

/** Repairs all parts of a text that can be repaired, until nothing changes any more. */
export function fixEncoding(text: string, work: Work): string {
  while (work.goesOn(text)) {
    const fixed = fixOnce(text, work)
    if (fixed === text) return text
    text = fixed
  }
  return text
}

function fixOnce(text: string, work: Work): string {
  if (isASCII(text) || !isBad(text)) return text
  for (const page of pages) {
    const bytes = encode(text, page)
    const decoded = bytes === undefined ? undefined : decodeRepaired(bytes, page)
    if (decoded !== undefined) return decoded
  }
  const inPart = fixParts(text, work)
  return inPart === text ? fixC1Controls(text) : inPart
}

/** Decodes bytes as UTF-8, after the repairs for their code page. Undefined if they are not UTF-8. */
function decodeRepaired(bytes: string, { name, sloppy }: { name: string; sloppy: boolean }): string | undefined {
  // In Mac Roman the pattern would match an en dash before a space.
  const spaced = name === 'macroman' ? bytes : restoreByteA0(bytes)
  const whole = sloppy ? spaced.replace(lossySequence, '\xef\xbf\xbd') : spaced
  return /[\xed\xc0]/.test(whole) ? decodeUTF8Variants(whole) : decodeUTF8(whole)
}

/** Repairs UTF-8 in which byte A0, a no-break space, became a space. */
const alteredUTF8 = new RegExp(
  [
    '[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] ',
    '[\\xe2\\xe3] [\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf]',
    '[\\xe0-\\xe3][\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf] ',
    '\\xf0 [\\x80-\\xbf][\\x80-\\xbf]',
    '\\xf0[\\x80-\\xbf] [\\x80-\\xbf]',
    '\\xf0[\\x80-\\xbf][\\x80-\\xbf] ',
  ].join('|'),
  'g',
)

/** The word "à", unless one of the Portuguese words that begin with it follows. */
const wordAGrave = /\xc3 (?! |quele|quela|quilo|s )/g

function restoreByteA0(bytes: string): string {
  if (bytes.search(alteredUTF8) < 0) return bytes
  return bytes.replace(wordAGrave, '\xc3\xa0 ').replace(alteredUTF8, (match) => match.replaceAll(' ', '\xa0'))
}

/** UTF-8 with lost bytes: a lost byte became 0x1a, or sometimes a question mark. */
const lossySequence = new RegExp(
  [
    '[\\xc2-\\xdf]\\x1a',
    '[\\xc2-\\xc3]\\?',
    '\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]',
    '\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]',
    '[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]',
    '[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf]',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf][\\x1a?]',
    '\\x1a',
  ].join('|'),
  'g',
)

const { utf8FirstOf2, utf8FirstOf3, utf8FirstOf4, utf8Continuation, utf8ContinuationStrict } = utf8Clues

/** Repairs parts that look like UTF-8 in a code page, inside text that is right. */
const embedded = new RegExp(
  `(?<![${utf8ContinuationStrict}])(?:[${utf8FirstOf2}][${utf8Continuation}]|` +
    `[${utf8FirstOf3}][${utf8Continuation}]{2}|[${utf8FirstOf4}][${utf8Continuation}]{3})+`,
  'gu',
)

function fixParts(text: string, work: Work): string {
  // A part is shorter than the text, so this recursion ends.
  return text.replace(embedded, (part) => (part.length < text.length && isBad(part) ? fixEncoding(part, work) : part))
}

const windows1252Characters = new Map([...windows1252.bytes].map(([character, byte]) => [byte, character]))

/** Replaces C1 control characters by the characters that Windows-1252 has for these bytes. */
export function fixC1Controls(text: string): string {
  return text.replace(c1Controls, (control) => windows1252Characters.get(control)!)
}
