/** Error messages are safe to show, even with text from a hostile file or caller. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DreamLIPError } from '../src/errors'

describe('the message of a DreamLIPError', () => {
  it('is unchanged if it fits on a screen', () => {
    expect(new DreamLIPError('INVALID_ARGUMENT', 'topK: expected 1; got 0.').message).toBe('topK: expected 1; got 0.')
  })

  it('loses its middle if it is longer, and keeps the remedy at its end', () => {
    const { message } = new DreamLIPError('CHECKPOINT_MISMATCH', `tensor '${'x'.repeat(6_000_000)}': wrong. Do this.`)
    expect(message.length).toBeLessThan(2100)
    expect(message).toMatch(/^tensor 'x+… \(\d+ characters left out\) …x+': wrong\. Do this\.$/)
  })

  it('is one line without control characters, so that a name cannot forge lines or move the cursor', () => {
    const { message } = new DreamLIPError('ZIP_INVALID', "entry 'a\r\nall is well\x1b[2J\x07\u202e\u2028': bad")
    expect(message).toBe("entry 'a all is well\\x1b[2J\\x07\\u202e\\u2028': bad")
  })

  it('is short and well-formed for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000, size: 'max' }), (text) => {
        const { message } = new DreamLIPError('FORMAT_UNKNOWN', text)
        expect(message.length).toBeLessThan(2100)
        expect(message).not.toMatch(/\p{Cc}/u)
        if (!/\p{Cs}/u.test(text)) expect(message).not.toMatch(/\p{Cs}/u)
      }),
    )
  })

  it('has no long cause either, because Node prints the cause below it', () => {
    const cause = Object.assign(new Error('y'.repeat(1e6)), { name: 'TypeError' })
    const error = new DreamLIPError('SOURCE_UNREADABLE', 'x', { cause })
    expect(error.cause).toMatchObject({ name: 'TypeError' })
    expect((error.cause as Error).message.length).toBeLessThan(2100)
    const short = new Error('short')
    expect(new DreamLIPError('SOURCE_UNREADABLE', 'x', { cause: short }).cause).toBe(short)
  })
})

describe('docs/errors.md', () => {
  it('explains every code that the package throws, and no other', () => {
    const type = /export type ErrorCode =\n([\s\S]*?)\n\n/.exec(readFileSync('src/errors.ts', 'utf8'))![1]!
    const codes = [...type.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code!)
    const rows = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)]
    expect(rows.map(([, code]) => code).sort()).toEqual(codes.sort())
    for (const [, , meaning, remedy] of rows) expect(Math.min(meaning!.length, remedy!.length)).toBeGreaterThan(9)
  })
})
