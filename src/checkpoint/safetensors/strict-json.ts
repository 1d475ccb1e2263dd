/** A JSON parser for headers of untrusted files: `JSON.parse` hides duplicate keys, rounds large integers, and has no depth limit. */

/** A safetensors header has three levels. */
const largestDepth = 16

/** A header has six values per tensor. Two bytes of JSON can take a hundred bytes of memory. */
const mostValues = 2_000_000

/**
 * Parses JSON. Objects become Maps, so that no key is special.
 * @throws SyntaxError for duplicate keys, integers beyond 2^53, nesting deeper than 16, more than two million values, and
 * everything that is not JSON
 */
export function parseStrictJSON(text: string): unknown {
  const parser = new Parser(text)
  const result = parser.value(0)
  parser.end()
  return result
}

class Parser {
  private at = 0
  private values = 0

  constructor(private readonly text: string) {}

  value(depth: number): unknown {
    if (depth > largestDepth) this.fail('nesting is too deep')
    if (++this.values > mostValues) this.fail(`more than ${mostValues} values`)
    if (this.accept('{')) return this.object(depth + 1)
    if (this.accept('[')) return this.array(depth + 1)
    if (this.accept('true')) return true
    if (this.accept('false')) return false
    if (this.accept('null')) return null
    return this.text[this.at] === '"' ? this.string() : this.number()
  }

  end(): void {
    this.skipSpace()
    if (this.at !== this.text.length) this.fail('unexpected text')
  }

  private object(depth: number): Map<string, unknown> {
    const entries = new Map<string, unknown>()
    if (this.accept('}')) return entries
    do {
      const key = this.string()
      if (entries.has(key)) this.fail(`the key ${JSON.stringify(key)} occurs twice`)
      this.expect(':')
      entries.set(key, this.value(depth))
    } while (this.accept(','))
    this.expect('}')
    return entries
  }

  private array(depth: number): unknown[] {
    const items: unknown[] = []
    if (this.accept(']')) return items
    do items.push(this.value(depth))
    while (this.accept(','))
    this.expect(']')
    return items
  }

  private string(): string {
    this.skipSpace()
    const literal = this.match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)
    return JSON.parse(literal ?? this.fail('expected a string')) as string
  }

  private number(): number {
    const literal = this.match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y) ?? this.fail('expected a value')
    const value = Number(literal)
    if (/^-?\d+$/.test(literal) && !Number.isSafeInteger(value)) this.fail(`the integer ${literal} exceeds 2^53`)
    return value
  }

  private accept(token: string): boolean {
    this.skipSpace()
    const found = this.text.startsWith(token, this.at)
    if (found) this.at += token.length
    return found
  }

  private expect(token: string): void {
    if (!this.accept(token)) this.fail(`expected '${token}'`)
  }

  private skipSpace(): void {
    this.match(/[ \t\n\r]*/y)
  }

  /** The text that a sticky pattern matches here; undefined where it does not match. */
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private fail(problem: string): never {
    throw new SyntaxError(`${problem} at character ${this.at}`)
  }
}
