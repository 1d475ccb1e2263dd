/** Text from files and callers, made safe and short enough to show. */

/** Control characters, line separators, and marks that change the direction of text: they could rewrite what a screen shows. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Spells unsafe characters out (`\x1b`, `\u202e`); line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => (character === '\n' || character === '\t' ? character : spell(character)))
}

/** The same on one line: line ends and tabs become spaces. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+ */g, ' ').replace(unsafe, spell)
}

/** Text of at most about `most` characters: where it is longer, its middle is left out. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, Math.ceil(most * 0.6)).replace(/[\ud800-\udbff]$/, '')
  const tail = text.slice(text.length - Math.floor(most * 0.4)).replace(/^[\udc00-\udfff]/, '')
  return `${head}… (${text.length - head.length - tail.length} characters left out) …${tail}`
}

function spell(character: string): string {
  const code = character.charCodeAt(0)
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
