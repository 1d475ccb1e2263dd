import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRows, type TableFormat } from '../../../../src/data/readers/text/delimited-rows'
import { collect } from '../../collect'

const encoder = new TextEncoder()
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Rows of a text that arrives in chunks of a given size. */
function rowsOf(text: string, format: TableFormat, chunk = Infinity) {
  const bytes = encoder.encode(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, Math.min(bytes.length, at + chunk))
  }
  return collect(readRows(chunks(), 0, format, decode))
}

const comma: TableFormat = { delimiter: ',', newline: '\n' }

describe('rows of a table', () => {
  it('do not depend on how the bytes are divided into chunks', async () => {
    const text = fc.array(fc.constantFrom('a', '"', '""', ',', '\n', '\r\n', 'é', '\t', '☕'), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(2, undefined),
        async (parts, size, cells) => {
          const format = { ...comma, cells }
          expect(await rowsOf(parts.join(''), format, size)).toEqual(await rowsOf(parts.join(''), format))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('cover every byte that is not a blank line, in order', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n') })
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const rows = await rowsOf(written, { ...comma, cells: 2 })
        rows.forEach((row, i) => {
          expect(row.start).toBeGreaterThanOrEqual(rows[i - 1]?.end ?? 0)
          expect(written.slice(rows[i - 1]?.end ?? 0, row.start)).toMatch(/^\n*$/)
        })
        expect(written.slice(rows.at(-1)?.end ?? 0)).toMatch(/^\n*$/)
      }),
      { numRuns: 500 },
    )
  })

  it('keep quotes inside cells, and split TSV lines with broken quotes at tabs', async () => {
    const cells = async (text: string, delimiter: string) =>
      (await rowsOf(text, { delimiter, newline: '\n' })).map((row) => ('cells' in row ? row.cells : row.problem))
    expect(await cells('5" disk,a "b" c\n', ',')).toEqual([['5" disk', 'a "b" c']])
    expect(await cells('"Black" cat\tx\n"a\tb\n', '\t')).toEqual([
      ['"Black" cat', 'x'],
      ['"a', 'b'],
    ])
    expect(await cells('"Black" cat,x\n', ',')).toEqual([expect.stringContaining('closing quote')])
  })

  it('that are too long cost only themselves, also at the end of the file', async () => {
    const long = 'x'.repeat(5_000_000)
    for (const line of [long, `a,"${long}`]) {
      const text = `a,b\n${line}\nc,d\n${line}`
      const rows = await rowsOf(text, comma, 1 << 18)
      const problem = expect.stringContaining('exceeds') as string
      expect(rows.map((row) => ('cells' in row ? row.cells : row.problem))).toEqual([
        ['a', 'b'],
        problem,
        ['c', 'd'],
        problem,
      ])
      expect(rows.at(-1)!.end).toBe(text.length)
    }
  })

  it.each(['x","""\n', 'a,"\n', '"\n', '""",""",x\n', 'a,"b\n"c",d\n', '"""\n'])(
    'take time in proportion to the number of broken lines %j',
    async (line) => {
      // Quadratic work would take many minutes, which exceeds the time limit of tests.
      const text = line.repeat(400_000)
      const rows = await rowsOf(text, { ...comma, cells: 8 }, 1 << 16)
      expect(text.slice(rows.at(-1)!.end)).toMatch(/^\n*$/)
    },
  )
})
