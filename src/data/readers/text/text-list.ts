/** Reads lists of texts in a table cell: `["a", "b"]` (JSON), `['a', "b"]` (Python), `['a' 'b']` (NumPy). */

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', a: '\x07', v: '\v' }

/** Whether a cell is meant to be a list of texts. */
export function looksLikeTextList(cell: string): boolean {
  return /^\s*\[\s*(['"]|\]\s*$)/.test(cell) && cell.trimEnd().endsWith(']')
}

/** The texts of a list, or `undefined` if the cell is not a valid list. */
export function parseTextList(cell: string): string[] | undefined {
  const texts: string[] = []
  const text = cell.trim()
  let at = 1
  const skipSpace = () => {
    while (/\s/.test(text[at] ?? '')) at++
  }
  for (skipSpace(); at < text.length - 1; skipSpace()) {
    const found = readQuoted(text, at)
    if (!found) return undefined
    texts.push(found.text)
    at = found.end
    skipSpace()
    if (text[at] === ',') at++
  }
  return at === text.length - 1 ? texts : undefined
}

/** The text in quotes that starts at a position. */
function readQuoted(source: string, start: number): { readonly text: string; readonly end: number } | undefined {
  const mark = source[start]
  if (mark !== "'" && mark !== '"') return undefined
  let text = ''
  for (let at = start + 1; at < source.length;) {
    const character = source[at]!
    if (character === mark) return { text, end: at + 1 }
    if (character !== '\\') {
      text += character
      at++
      continue
    }
    const kind = source[at + 1] ?? ''
    const digits = { x: 2, u: 4, U: 8 }[kind]
    if (digits === undefined) {
      text += escapes[kind] ?? kind
      at += 2
      continue
    }
    const hexadecimal = source.slice(at + 2, at + 2 + digits)
    const code = /^[0-9a-f]+$/i.test(hexadecimal) && hexadecimal.length === digits ? parseInt(hexadecimal, 16) : NaN
    if (!(code <= 0x10ffff)) return undefined
    text += String.fromCodePoint(code)
    at += 2 + digits
  }
  return undefined
}
