import { describe, expect, it } from 'vitest'
import { barChart, markdownTable } from '../comparison/report-table'

const rows = [
  { title: 'plain', runs: [{ 'R@1': 0.1 }, { 'R@1': 0.2 }] },
  { title: 'better <1>', runs: [{ 'R@1': 0.3 }, { 'R@1': 0.3 }] },
]

describe('markdownTable', () => {
  it('gives means over seeds, the furthest seed, and the best in bold', () => {
    expect(markdownTable(rows, ['R@1'], true)).toBe(
      ['|  | R@1 |', '| --- | ---: |', '| plain | 15.0 ± 5.0 |', '| better <1> | **30.0 ± 0.0** |'].join('\n'),
    )
  })

  it('emphasises nothing if more is not better', () => {
    expect(markdownTable(rows, ['R@1'], false)).not.toContain('**')
  })

  it('refuses runs that lack a measure', () => {
    expect(() => markdownTable(rows, ['mIoU'], true)).toThrow(/lacks the measure mIoU/)
  })
})

describe('barChart', () => {
  it('draws one bar per recipe, as long as its mean, and one dot per run', () => {
    const svg = barChart('split', rows, ['R@1'])
    const widths = [...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, width]) => Number(width))
    expect(widths[0]! / widths[1]!).toBeCloseTo(0.5, 3)
    expect(svg.match(/<circle/g)).toHaveLength(4)
    expect(svg).toContain('better &lt;1>')
  })
})
