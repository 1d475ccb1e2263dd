/** Parses JSON values, and finds keys in JSON text that may be incomplete. */

/** Parses JSON as Python writes it: NaN and Infinity become null. @throws SyntaxError */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return JSON.parse(mapOutsideStrings(text, (part) => part.replace(/-?\b(NaN|Infinity)\b/g, 'null'))) as unknown
  }
}

function mapOutsideStrings(text: string, map: (part: string) => string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('"', at)
    parts.push(map(text.slice(at, open === -1 ? text.length : open)))
    if (open === -1) break
    at = stringEnd(text, open)
    parts.push(text.slice(open, at))
  }
  return parts.join('')
}

/** A key that occurs twice at the top level of an object. The text must be valid JSON. */
export function duplicateKey(text: string): string | undefined {
  const keys = new Set<string>()
  for (const { key } of firstLevel(text)) {
    if (keys.has(key)) return key
    keys.add(key)
  }
  return undefined
}

/**
 * The keys of the object at the start of a text, and where their values start. The text may be incomplete.
 * @returns also where the object ends, if the text contains its end
 */
export function* firstLevel(
  text: string,
): Generator<{ readonly key: string; readonly valueAt: number }, number | undefined> {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      if (--depth <= 0) return at + 1
    } else if (character === '"') {
      const end = stringEnd(text, at)
      const colon = depth === 1 ? /^\s*:\s*/.exec(text.slice(end, end + 100))?.[0] : undefined
      if (colon !== undefined) yield { key: keyOf(text.slice(at, end)), valueAt: end + colon.length }
      at = end - 1
    }
  }
  return undefined
}

/** A key without its quotes and escapes. A key that is not valid JSON is returned as it is. */
export function keyOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}

/** The end of the string that starts at a quote. */
function stringEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}
