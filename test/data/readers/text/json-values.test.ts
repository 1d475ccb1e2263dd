import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duplicateKey, parseJSON } from '../../../../src/data/readers/text/json-text'
import { readValues, type JSONShape } from '../../../../src/data/readers/text/json-values'
import { collect } from '../../collect'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function valuesOf(
  text: string,
  shape: JSONShape,
  { size = 1000, from = 0, key = undefined as string | undefined } = {},
) {
  const bytes = bytesOf(text)
  const found = await collect(readValues(inChunks(bytes.subarray(from), size), from, shape, from > 0, key))
  for (const { bytes: part, start, end } of found) {
    expect(textOf(bytes.subarray(start, end)).trim()).toBe(textOf(part).trim())
  }
  return found.map((value) => ({ ...value, value: JSON.parse(textOf(value.bytes)) as unknown }))
}

const indent = fc.constantFrom(0, 1, 4)
const list = fc.array(fc.jsonValue(), { maxLength: 6 })

describe('values of a JSON file', () => {
  it('are those of a list, in chunks of any size and from any position on', async () => {
    await fc.assert(
      fc.asyncProperty(list, indent, fc.integer({ min: 1, max: 9 }), async (written, spaces, size) => {
        const text = ` ${JSON.stringify(written, null, spaces)}\n`
        const parsed = JSON.parse(JSON.stringify(written)) as unknown[]
        const found = await valuesOf(text, 'list', { size })
        expect(found.map(({ value }) => value)).toEqual(parsed)
        for (const [i, { end }] of found.entries()) {
          const rest = await valuesOf(text, 'list', { size, from: end })
          expect(rest.map(({ value }) => value)).toEqual(parsed.slice(i + 1))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are those of lines, and of a sequence', async () => {
    const objects = fc.array(fc.object(), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(objects, indent, fc.integer({ min: 1, max: 9 }), async (written, spaces, size) => {
        const parsed = JSON.parse(JSON.stringify(written)) as unknown[]
        const lines = parsed.map((value) => JSON.stringify(value)).join('\r\n')
        expect((await valuesOf(lines, 'lines', { size })).map(({ value }) => value)).toEqual(parsed)
        const sequence = parsed.map((value) => JSON.stringify(value, null, spaces)).join('\n')
        expect((await valuesOf(sequence, 'sequence', { size })).map(({ value }) => value)).toEqual(parsed)
      }),
      { numRuns: 200 },
    )
  })

  it('are those of the lists of an object', async () => {
    const record = fc.dictionary(fc.string(), fc.oneof(list, fc.jsonValue()), { maxKeys: 5 })
    await fc.assert(
      fc.asyncProperty(record, indent, fc.integer({ min: 1, max: 9 }), async (written, spaces, size) => {
        const parsed = Object.entries(JSON.parse(JSON.stringify(written)) as Record<string, unknown>)
        const expected = parsed.flatMap(([key, value]) =>
          Array.isArray(value) ? value.map((item: unknown) => [key, item]) : [],
        )
        const text = JSON.stringify(written, null, spaces)
        const found = await valuesOf(text, 'object', { size })
        expect(found.map(({ key, value }) => [key, value])).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('end in an error wherever the file is cut off', async () => {
    const text = JSON.stringify([{ a: 'x"y\\' }, [1, { b: null }], 'text'])
    for (let length = 0; length < text.length; length++) {
      await expect(valuesOf(text.slice(0, length), 'list')).rejects.toThrow(/the rest of the file is lost/)
    }
    const object = JSON.stringify({ a: { b: [1] }, c: [1, 'x'], d: 1 })
    for (let length = 0; length < object.length; length++) {
      await expect(valuesOf(object.slice(0, length), 'object')).rejects.toThrow(/the rest of the file is lost/)
    }
  })

  it.each(['[1 2]', '[1,,2]', '[,1]', '[1]]', '[1][2]', '7'])('of %j end in an error', async (text) => {
    await expect(valuesOf(text, 'list')).rejects.toThrow(/the rest of the file is lost/)
  })
})

describe('a JSON object', () => {
  it('has duplicate keys only if they are at its top level', () => {
    expect(duplicateKey('{"a": {"b": 1, "b": 2}, "c": "a", "d": ["a", "a"]}')).toBeUndefined()
    expect(duplicateKey('{"a": "\\"a\\": 1", "b" : 1, "a" :2}')).toBe('a')
  })

  it('may contain Python’s NaN and Infinity, which become null', () => {
    expect(parseJSON('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN"}')).toEqual({
      a: null,
      b: [null, null],
      c: 'NaN',
    })
    expect(() => parseJSON('{"a": nan}')).toThrow(SyntaxError)
  })
})
