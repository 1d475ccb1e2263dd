/** Repairs text as ftfy's `fix_text` does with its defaults: wrong decodings, entities, ligatures, widths, quotes, controls; NFC. */
import { characterNames, unescapeHTML } from '../html-entities'
import { digits } from '../python-text'
import { ligatures } from '../tables/mojibake'
import { compose } from './compose'
import { fixC1Controls, fixEncoding } from './fix-encoding'
import { startWork } from './work'

/** Text that needs no repair: ASCII without entities and control characters. */
const plain = /^[\t\n !-%'-~]*$/

/** Maximum characters per segment. */
const longestSegment = 1_000_000

/** `ftfy.fix_text(text)`: line by line. Entities are decoded up to the first line that contains a `<`. */
export function fixText(text: string): string {
  if (plain.test(text)) return text
  let fixed = ''
  let entities = true
  for (const segment of segments(text)) {
    entities &&= !segment.includes('<')
    fixed += fixSegment(segment, entities)
  }
  return fixed
}

function* segments(text: string): Generator<string> {
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (line.length <= longestSegment) yield line
    else yield* pieces([...line])
  }
}

function* pieces(characters: readonly string[]): Generator<string> {
  for (let start = 0; start < characters.length; start += longestSegment) {
    yield characters.slice(start, start + longestSegment).join('')
  }
}

/** Repeats all repairs until nothing changes. */
function fixSegment(text: string, entities: boolean): string {
  const work = startWork(text)
  while (work.goesOn(text)) {
    const fixed = compose(fixCharacters(fixEncoding(entities ? unescapeStrictly(text) : text, work)))
    if (fixed === text) return text
    text = fixed
  }
  return text
}

function fixCharacters(text: string): string {
  return fixC1Controls(text)
    .replace(ligatureCharacters, (character) => ligatures[character as keyof typeof ligatures])
    .replace(wideCharacters, (character) => (character === '\u3000' ? ' ' : character.normalize('NFKC')))
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/\r\n|[\r\u2028\u2029\x85]/g, '\n')
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(terminalEscapes, '')
    .replace(controlCharacters, '')
}

const ligatureCharacters = new RegExp(`[${Object.keys(ligatures).join('')}]`, 'g')

/** Half- and full-width forms, and the ideographic space. */
const wideCharacters = /[\u3000\uff01-\uffef]/g

const terminalEscapes = new RegExp(`\\x1b\\[[${digits};]*[a-zA-Z]`, 'gu')

const controlCharacters = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g

/** Entities that end in a semicolon. Lower-case names are also recognised in upper case, as in `&NTILDE;`. */
function unescapeStrictly(text: string): string {
  return text.replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) => {
    if (!reference.startsWith('&#')) return strictNames().get(reference.slice(1)) ?? reference
    const unescaped = unescapeHTML(reference)
    return unescaped.includes(';') ? reference : unescaped
  })
}

let strict: Map<string, string> | undefined

function strictNames(): ReadonlyMap<string, string> {
  if (!strict) {
    strict = new Map([...characterNames()].filter(([name]) => name.endsWith(';')))
    for (const [name, characters] of [...strict]) {
      const upper = name.toUpperCase()
      // Only if no other name is equal to it or starts with it.
      const free = name === name.toLowerCase() && unescapeHTML(`&${upper}`) === `&${upper}`
      if (free) strict.set(upper, characters.toUpperCase())
    }
  }
  return strict
}
