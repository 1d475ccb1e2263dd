import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStruct, type ThriftValue } from '../../../../src/data/readers/parquet/thrift'

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value)

/** A struct of one field, of a number, of text, and of a list of texts. */
const encode = (number: number, text: Uint8Array, texts: readonly Uint8Array[]) =>
  Uint8Array.from([
    ...[0x15, ...zigzag(number)],
    ...[0x18, ...varint(text.length), ...text],
    ...[0x19, 0xf8, ...varint(texts.length), ...texts.flatMap((part) => [...varint(part.length), ...part])],
    0,
  ])

describe('readStruct', () => {
  it('reads what was written, and stops at its end', () => {
    const text = fc.uint8Array({ maxLength: 300 })
    const number = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(number, text, fc.array(text, { maxLength: 20 }), (number, text, texts) => {
        const bytes = encode(number, text, texts)
        const { value, end } = readStruct(Uint8Array.from([9, 9, ...bytes, 7, 7]), 2)
        const expected = new Map<number, ThriftValue>([
          [1, number],
          [2, text],
          [3, texts],
        ])
        expect(end).toBe(bytes.length + 2)
        expect(value).toEqual(expected)
      }),
    )
  })

  it('reads any bytes, or says what is wrong', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(readStruct(bytes).end).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          expect((error as Error).message).toMatch(/^a header /)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a list longer than the bytes', [0x19, 0xf3, 0xff, 0xff, 0xff, 0xff, 0x07, 0], /list of 2147483647 values/],
    ['text longer than the bytes', [0x18, 0x20, 0x41, 0], /asks for 32 bytes/],
    ['a number of more than 32 bits', [0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0], /more than 32 bits/],
    ['a number without end', [0x16, ...Array<number>(1000).fill(0xff), 0], /more than 64 bits/],
    ['structs nested without end', Array<number>(1000).fill(0x1c), /nested too deep/],
    ['lists nested without end', Array<number>(1000).fill(0x19), /nested too deep/],
    ['an unknown type', [0x1b, 0, 0], /unknown type/],
    ['no end', [0x15, 0x02], /asks for 1 bytes/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readStruct(Uint8Array.from(bytes))).toThrow(message)
  })
})
