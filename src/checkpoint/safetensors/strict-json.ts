/** A JSON parser for headers of strangers: `JSON.parse` hides duplicate keys, rounds large integers, and has no depth limit. */

/** A safetensors header nests three deep. */
const largestDepth = 16

/** It has six values a tensor; two bytes of JSON can become a hundred of memory. */
const mostValues = 2_000_000

/**
 * Parses JSON; objects become Maps, so that no key is special.
 * @throws SyntaxError for duplicate keys, integers beyond 2^53, nesting deeper than 16, more than two million values, and
 * everything that is no JSON
 */
export function parseStrictJSON(text: string): unknown {
  let at = 0
  let values = 0

  const fail = (problem: string): never => {
    throw new SyntaxError(`${problem} at character ${at}`)
  }
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const skipSpace = () => void match(/[ \t\n\r]*/y)
  const accept = (token: string): boolean => {
    skipSpace()
    const found = text.startsWith(token, at)
    if (found) at += token.length
    return found
  }
  const expect = (token: string) => void (accept(token) || fail(`expected '${token}'`))

  const string = (): string => {
    skipSpace()
    const literal = match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y) ?? fail('expected a string')
    return JSON.parse(literal) as string
  }
  const number = (): number => {
    const literal = match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y) ?? fail('expected a value')
    const value = Number(literal)
    if (/^-?\d+$/.test(literal) && !Number.isSafeInteger(value)) fail(`the integer ${literal} exceeds 2^53`)
    return value
  }
  const object = (depth: number): Map<string, unknown> => {
    const entries = new Map<string, unknown>()
    if (accept('}')) return entries
    do {
      const key = string()
      if (entries.has(key)) fail(`the key ${JSON.stringify(key)} stands twice`)
      expect(':')
      entries.set(key, value(depth))
    } while (accept(','))
    expect('}')
    return entries
  }
  const array = (depth: number): unknown[] => {
    const items: unknown[] = []
    if (accept(']')) return items
    do items.push(value(depth))
    while (accept(','))
    expect(']')
    return items
  }
  const value = (depth: number): unknown => {
    if (depth > largestDepth) fail('nesting is too deep')
    if (++values > mostValues) fail(`more than ${mostValues} values`)
    if (accept('{')) return object(depth + 1)
    if (accept('[')) return array(depth + 1)
    if (accept('true')) return true
    if (accept('false')) return false
    if (accept('null')) return null
    return text[at] === '"' ? string() : number()
  }

  const result = value(0)
  skipSpace()
  if (at !== text.length) fail('unexpected text')
  return result
}
