import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  benchmarkPage,
  benchmarkTable,
  DreamLIPError,
  parseReport,
  type BenchmarkReport,
} from '../../../src/index.node.ts'

const report = (name: string, changes: Partial<BenchmarkReport> = {}): BenchmarkReport => ({
  ...{ format: 'dreamlip-evaluation', version: 1, model: { name, fingerprint: 'ab'.repeat(32) } },
  set: { name: 'voc20', title: 'VOC', task: 'segmentation', split: 'val', samples: 1449 },
  protocol: { attention: 'value', scale: 40 },
  figures: { meanIoU: 0.5, pixelAccuracy: null },
  problems: {
    total: 2,
    byReason: { 'mask-size': 2 },
    first: [{ item: 'a', reason: 'mask-size', message: 'too <b>wide</b>' }],
  },
  details: {
    perClass: [
      { name: 'cat', value: 0.25, count: 4 },
      { name: '<dog>', value: 0.75, count: 8 },
    ],
    confusion: {
      classes: ['cat', '<dog>'],
      counts: [
        [0, 0, 1],
        [0, 1, 3],
        [7, 9, 2],
      ],
    },
    hardest: [{ id: '1', image: 'examples/photos/rocket.jpg', expected: 'cat', predicted: '<dog>', severity: 1 }],
    curves: [
      {
        name: 'image to text',
        points: [
          [1, 0.2],
          [10, 0.9],
        ],
      },
    ],
    tables: [
      {
        title: 'Reading',
        columns: ['text', 'R@1'],
        rows: [
          ['whole', 0.5],
          ['none', null],
        ],
        note: 'It reads.',
      },
    ],
  },
  versions: { dreamlip: '1.0.0', host: 'Node 20', backend: 'onnxruntime-node', device: 'cpu', dtype: 'float32' },
  ...{ started: '2026-01-01T00:00:00.000Z', seconds: 3 },
  ...changes,
})

describe('benchmarkTable', () => {
  it('puts published figures beside those of the same set and split, and only there', () => {
    const other = report('b', { set: { ...report('b').set, split: 'train' } })
    const [val, train] = benchmarkTable([report('a'), other]).split('\n\n### ')
    expect(val).toContain('| a | 50.0 |  |')
    expect(val).toContain('| CLIP ViT-B/16 with SCLIP (published) | 81.5 |  |')
    expect(val).toContain('- a: 2 × mask-size')
    expect(train).toContain('| b | 50.0 |  |')
    expect(train).not.toContain('published')
  })

  it('tells reports of one model apart by the choices in which they differ', () => {
    const table = benchmarkTable([report('a'), report('a', { protocol: { attention: 'standard', scale: 40 } })])
    expect(table).toContain('| a, attention: value |')
    expect(table).toContain('| a, attention: standard |')
  })

  it('lets no name end a cell, a line or become a formula', () => {
    const named = report('=1+1|x\n"y"')
    expect(benchmarkTable([named])).toContain('| =1+1\\|x "y" | 50.0 |')
    expect(benchmarkTable([named], 'csv')).toContain(`"'=1+1|x\n""y"""`)
  })
})

describe('benchmarkPage', () => {
  it('is one file whose policy allows its own style and no script, with everything escaped', async () => {
    const page = await benchmarkPage([report('<script>alert(1)</script>')])
    const style = /<style>([^]*)<\/style>/.exec(page)![1]!
    const digest = createHash('sha256').update(style).digest('base64')
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'sha256-${digest}';`)
    expect(page).not.toMatch(/<script|<b>wide|<dog>| style=|https?:\/\//)
    expect(page).toContain('src="data:image/png;base64,')
    for (const words of ['Recall by K', 'Each class', 'Which classes are confused', 'Hardest examples', 'It reads.'])
      expect(page).toContain(words)
    expect(page.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(3)
  })

  it('shows several models and sets, and reads no images if it shall not', async () => {
    const other = report('b', { set: { ...report('b').set, split: 'train' }, details: {} })
    const page = await benchmarkPage([report('a'), other], { thumbnails: false })
    expect(page).not.toContain('data:image')
    expect(page).toContain('<a href="#set-1">VOC, train</a>')
  })
})

describe('parseReport', () => {
  const text = JSON.stringify(report('a'))

  it('gives what runBenchmark wrote', () => expect(parseReport('a.json', text)).toEqual(report('a')))

  it.each([
    ['[]', /report is not an object/],
    ['{', /it is not JSON/],
    [text.replace('"version":1', '"version":2'), /report.version is not 1/],
    [text.replace('0.25', '"0.25"'), /report.details.perClass\[0\].value is not a number or null/],
  ])('refuses %.20s', (given, message) => {
    expect(() => parseReport('a.json', given)).toThrow(message)
  })

  it('gives a report that tables and pages can show, or an error, whatever the file contains', async () => {
    const paths = Object.keys(report('a')) as (keyof BenchmarkReport)[]
    const change = fc.record({ key: fc.constantFrom(...paths), value: fc.jsonValue() })
    await fc.assert(
      fc.asyncProperty(change, fc.jsonValue(), async ({ key, value }, any) => {
        for (const given of [{ ...report('a'), [key]: value }, { ...report('a'), details: { tables: [any] } }, any]) {
          try {
            const parsed = parseReport('a.json', JSON.stringify(given))
            benchmarkTable([parsed], 'csv')
            benchmarkTable([parsed])
            await benchmarkPage([parsed], { thumbnails: false })
          } catch (error) {
            expect(error).toBeInstanceOf(DreamLIPError)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
