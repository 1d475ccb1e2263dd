/** Makes text from files and callers safe and short enough to show. */

/** Control characters, line separators and direction marks. They could change what a screen shows. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Escapes unsafe characters (`\x1b`, `\u202e`). Line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => (character === '\n' || character === '\t' ? character : spell(character)))
}

/** Like `printable`, but on one line: line ends and tabs become spaces. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+ */g, ' ').replace(unsafe, spell)
}

/** Shortens a text to about `most` characters by leaving out its middle. */
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
