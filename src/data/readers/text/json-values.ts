/** Finds the values of a JSON file of any size one by one, as bytes, without loading the file. */
import { keyOf } from './json-text'

/**
 * The arrangement of the values in the file: in one list, one per line, one after another, or in the lists of one object
 * (`{ "images": […], "annotations": […] }`).
 */
export type JSONShape = 'list' | 'lines' | 'sequence' | 'object'

export interface FoundValue {
  readonly bytes: Uint8Array
  /** Offsets in the file. */
  readonly start: number
  readonly end: number
  /** For an `object`, the key of the list that contains the value. */
  readonly key?: string
}

/** The file is not valid JSON at some point, and nothing after that point can be read. */
export class JSONBroken extends Error {}

/** Maximum bytes of a value. */
const largestValue = 64 * 1024 * 1024

/** The bytes in memory, and how far they have been read. */
interface Input {
  held: Uint8Array
  /** The offset of the next byte in `held`. */
  at: number
  /** The offset of the first byte that must be kept when more bytes arrive. */
  mark: number
  /** The offset of `held` in the file. */
  offset: number
  ended: boolean
}

/** A scan yields values, and `undefined` when it needs more bytes. */
type Scan<T = void> = Generator<FoundValue | undefined, T>

/**
 * The values of a stream that starts at the offset `from`: the start of the file, or the end of a value.
 * @param key for an `object`, the key of the requested list
 * @throws JSONBroken
 */
export async function* readValues(
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  shape: JSONShape,
  isContinued: boolean,
  key?: string,
): AsyncGenerator<FoundValue> {
  const input: Input = { held: new Uint8Array(0), at: 0, mark: 0, offset: from, ended: false }
  const scan = scanShape(input, shape, isContinued, key)
  const step = function* (): Generator<FoundValue> {
    for (let next = scan.next(); !next.done; next = scan.next()) {
      if (next.value === undefined) return
      yield next.value
    }
  }
  for await (const chunk of chunks) {
    append(input, chunk)
    yield* step()
  }
  input.ended = true
  yield* step()
}

function append(input: Input, chunk: Uint8Array): void {
  const kept = input.held.subarray(input.mark)
  if (kept.length > largestValue) throw broken(input, `a value exceeds ${largestValue} bytes`)
  const held = new Uint8Array(kept.length + chunk.length)
  held.set(kept)
  held.set(chunk, kept.length)
  input.held = held
  input.offset += input.mark
  input.at -= input.mark
  input.mark = 0
}

function* scanShape(input: Input, shape: JSONShape, isContinued: boolean, key?: string): Scan {
  if (shape === 'lines') return yield* scanLines(input)
  if (shape === 'sequence') return yield* scanSequence(input)
  if (shape === 'list' || isContinued) yield* scanList(input, isContinued, key)
  else yield* scanObject(input, key)
  // In an object, other keys may follow the requested one.
  if (shape === 'object' && key !== undefined) return
  if ((yield* skipSpace(input)) !== undefined) throw broken(input, 'there is more text after the end of the JSON')
}

function* scanLines(input: Input): Scan {
  for (let end = 0; end !== -1;) {
    input.mark = input.at
    while ((end = input.held.indexOf(newline, input.at)) === -1 && !input.ended) {
      input.at = input.held.length
      yield undefined
    }
    const { held, mark, offset } = input
    const bytes = held.subarray(mark, end === -1 ? held.length : end)
    input.at = end === -1 ? held.length : end + 1
    if (!bytes.every(isSpace)) yield { bytes, start: offset + mark, end: offset + input.at }
  }
}

function* scanSequence(input: Input): Scan {
  while ((yield* skipSpace(input)) !== undefined) yield yield* takeValue(input)
}

function* scanList(input: Input, isContinued: boolean, key?: string): Scan {
  let next = yield* skipSpace(input)
  if (!isContinued) {
    if (next !== openList) throw broken(input, 'expected a list')
    input.at++
    next = yield* skipSpace(input)
    if (next === closeList) return void input.at++
  }
  for (let isFirst = !isContinued; ; isFirst = false) {
    if (!isFirst) {
      if (next === closeList) return void input.at++
      if (next === undefined) throw broken(input, 'the file ends before its list does')
      if (next !== comma) throw broken(input, 'expected a comma between records')
      input.at++
      yield* skipSpace(input)
    }
    yield { ...(yield* takeValue(input)), ...(key !== undefined && { key }) }
    next = yield* skipSpace(input)
  }
}

function* scanObject(input: Input, wanted?: string): Scan {
  let next = yield* skipSpace(input)
  if (next !== openObject) throw broken(input, 'expected an object')
  do {
    input.at++
    next = yield* skipSpace(input)
    if (next === closeObject) break
    if (next !== quote) throw broken(input, next === undefined ? cut : 'expected a key')
    const { bytes } = yield* takeValue(input)
    const key = keyOf(new TextDecoder().decode(bytes))
    if ((yield* skipSpace(input)) !== colon) throw broken(input, 'expected a colon after a key')
    input.at++
    const isWanted = (yield* skipSpace(input)) === openList && (wanted === undefined || key === wanted)
    if (isWanted) yield* scanList(input, false, key)
    else yield* skipValue(input, false)
    if (isWanted && wanted !== undefined) return
    next = yield* skipSpace(input)
  } while (next === comma)
  if (next !== closeObject) throw broken(input, next === undefined ? cut : 'expected a comma between keys')
  input.at++
}

const cut = 'the file ends before its object does'

/** The next value. */
function* takeValue(input: Input): Scan<FoundValue> {
  input.mark = input.at
  yield* skipValue(input, true)
  const { held, mark, at, offset } = input
  const found = { bytes: held.subarray(mark, at), start: offset + mark, end: offset + at }
  input.mark = at
  return found
}

/** Skips a value: to the bracket that closes it, or to the end of a string, number or word. */
function* skipValue(input: Input, isKept: boolean): Scan {
  const start = input.offset + input.at
  let [depth, inString] = [0, false]
  for (;;) {
    const { held } = input
    let { at } = input
    for (; at < held.length; at++) {
      const byte = held[at]!
      if (inString) {
        // An escape may extend beyond the bytes in memory.
        if (byte === backslash) at++
        else if (byte === quote) {
          inString = false
          if (depth === 0) return void (input.at = at + 1)
        }
      } else if (byte === quote) inString = true
      else if (byte === openObject || byte === openList) depth++
      else if (byte === closeObject || byte === closeList) {
        if (depth === 0) return endScalar(input, start, at)
        if (--depth === 0) return void (input.at = at + 1)
      } else if (depth === 0 && (byte === comma || isSpace(byte))) return endScalar(input, start, at)
    }
    input.at = at
    const isOpen = inString || depth > 0 || input.offset + at === start
    if (input.ended && isOpen) throw broken(input, 'the file ends within a record')
    if (input.ended) return
    if (!isKept) input.mark = held.length
    yield undefined
  }
}

/** Ends a number or word before the byte at `at`. */
function endScalar(input: Input, start: number, at: number): void {
  input.at = at
  if (input.offset + at === start) throw broken(input, 'expected a value')
}

/** The next byte that is not white space; `undefined` at the end. */
function* skipSpace(input: Input): Scan<number | undefined> {
  for (;;) {
    while (input.at < input.held.length && isSpace(input.held[input.at]!)) input.at++
    input.mark = input.at
    if (input.at < input.held.length) return input.held[input.at]
    if (input.ended) return undefined
    yield undefined
  }
}

const [quote, backslash, newline, comma, colon] = [0x22, 0x5c, 0x0a, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

function broken({ offset, at }: Input, what: string): JSONBroken {
  return new JSONBroken(`${what} (byte ${offset + at}); the rest of the file is lost`)
}
