import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBenchmark } from '../../../src/evaluation/benchmark/run-benchmark.node.ts'
import type { SegmentationSet } from '../../../src/evaluation/datasets/data-set'
import { DreamLIP } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

const mask = async () => ({ data: new Uint8Array(256).fill(1), shape: [16, 16] as const })

const set: SegmentationSet = {
  task: 'segmentation',
  name: 'plain',
  split: 'all',
  classes: [['red', 'crimson'], ['blue']],
  ignored: 255,
  samples: [
    { id: 'a', image: plainPicture(255, 0, 0), mask },
    { id: 'b', image: 'missing.png', mask },
  ],
  problems: [{ item: 'c', reason: 'image-missing', message: 'c is listed, but there is no such file.' }],
}

describe('runBenchmark', () => {
  let model: DreamLIP
  const out = mkdtempSync(join(tmpdir(), 'dreamlip-benchmark-'))
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => {
    model.dispose()
    rmSync(out, { recursive: true })
  })

  it('measures several models one after the other, and writes a report for each', async () => {
    let loaded: DreamLIP | undefined
    const load = async () => (loaded = await DreamLIP.create(smallConfig, { seed: 5, device: 'cpu' }))
    const models = [
      { name: 'first', model },
      { name: 'runs/second.pt', model: load },
    ]
    const reports = await runBenchmark(models, { set, out, protocol: { templates: 'one' } })
    expect(reports.map(({ model: { name, fingerprint } }) => [name, fingerprint.length])).toEqual([
      ['first', 64],
      ['runs/second.pt', 64],
    ])
    expect(reports[0]).toMatchObject({
      format: 'dreamlip-evaluation',
      set: { name: 'plain', task: 'segmentation', split: 'all', samples: 2 },
      protocol: { templates: 'one', attention: 'correlative', shortSide: 24, scale: 40, threshold: 0, names: 3 },
      problems: { total: 2, byReason: { 'image-missing': 1, 'image-unreadable': 1 } },
    })
    await expect(loaded!.encodeText('a')).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(model.encodeText('a')).resolves.toBeDefined()
    const files = readdirSync(out).sort()
    expect(files).toHaveLength(2)
    expect(JSON.parse(readFileSync(join(out, files[0]!), 'utf8'))).toEqual(JSON.parse(JSON.stringify(reports[0])))
  })

  it.each([
    ['no model', [], { set }, /models: expected at least one model/],
    ['a model without a name', [{ model: 1 }], { set }, /models\[0\]\.name/],
    ['an unknown set', undefined, { set: 'voc-21', data: '.' }, /set: "voc-21" is unknown/],
    ['a misspelt option', undefined, { set, protocl: {} }, /did you mean protocol/],
    ['a misspelt choice', undefined, { set, protocol: { template: 'one' } }, /did you mean protocol.templates/],
  ])('refuses %s', async (_, models, options, message) => {
    const given = (models ?? [{ name: 'first', model }]) as Parameters<typeof runBenchmark>[0]
    await expect(runBenchmark(given, options as Parameters<typeof runBenchmark>[1])).rejects.toThrow(message)
  })
})
