import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fill, numbersTable } from '../model-card'

describe('the model card', () => {
  it('has a place for the facts of the file and one for the results', () => {
    const page = readFileSync('docs/emoji-scenes-model.md', 'utf8')
    for (const name of ['facts', 'numbers']) expect(fill(page, name, 'a table')).toContain('a table')
    expect(() => fill(page, 'weather', 'a table')).toThrow(/expected <!-- weather -->/)
  })

  it('gets its tables between marks, and replaces them the next time', () => {
    const page = 'above\n<!-- numbers -->\n<!-- /numbers -->\nbelow'
    const once = fill(page, 'numbers', '| a |')
    expect(once).toBe('above\n<!-- numbers -->\n| a |\n<!-- /numbers -->\nbelow')
    expect(fill(once, 'numbers', '| b |')).toBe(once.replace('| a |', '| b |'))
  })

  it('shows results in percent, one column per split', () => {
    expect(numbersTable({ styles: { 'top-1': 0.5, mIoU: 0.1234 }, emoji: { 'top-1': 1 } })).toBe(
      [
        '| in percent | styles | emoji |',
        '| --- | ---: | ---: |',
        '| top-1 | 50.0 | 100.0 |',
        '| mIoU | 12.3 | – |',
      ].join('\n'),
    )
  })
})
