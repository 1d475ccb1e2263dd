/** `dreamlip eval`, run as a process on a small data set in PASCAL VOC's layout. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BenchmarkReport } from '../../../src/index.node.ts'
import { run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()
const voc = inFolder('sets', 'voc20')

async function addImage(id: string, index: number): Promise<void> {
  const files = {
    [`JPEGImages/${id}.jpg`]: sharp({ create: { width: 72, height: 64, channels: 3, background: 'teal' } }).jpeg(),
    [`SegmentationClass/${id}.png`]: sharp(new Uint8Array(72 * 64).fill(index), {
      raw: { width: 72, height: 64, channels: 1 },
    })
      .toColourspace('b-w')
      .png(),
  }
  for (const [name, picture] of Object.entries(files)) {
    mkdirSync(dirname(join(voc, name)), { recursive: true })
    writeFileSync(join(voc, name), await picture.toBuffer())
  }
}

beforeAll(async () => {
  mkdirSync(join(voc, 'ImageSets/Segmentation'), { recursive: true })
  writeFileSync(join(voc, 'ImageSets/Segmentation/val.txt'), 'a\nb\nlost\n')
  await addImage('a', 3)
  await addImage('b', 15)
})

const small = ['--choose', 'templates=one', '--choose', 'shortSide=64']

describe('dreamlip eval', () => {
  it('writes reports, and a second run with what was kept gives the same', { timeout: 60_000 }, async () => {
    const args = ['eval', 'all', '--data', inFolder('sets'), '--cache', inFolder('cache'), ...small]
    const first = await runJson<{ reports: BenchmarkReport[] }>([...args, '--out', inFolder('reports')])
    expect(first.code).toBe(0)
    const [report] = first.document.reports
    expect(report).toMatchObject({
      model: { name: 'emoji-scenes' },
      set: { name: 'voc20', split: 'val', samples: 3 },
      problems: { total: 3, byReason: { 'image-missing': 1, 'mask-missing': 1, count: 1 } },
    })
    expect(report!.figures.meanIoU).toBeGreaterThanOrEqual(0)
    expect(readdirSync(inFolder('cache')).length).toBe(1)
    const again = await run(args)
    expect(again.stdout).toContain(`| emoji-scenes | ${(100 * report!.figures.meanIoU!).toFixed(1)} |`)
    expect(again.stdout).toContain('CLIP ViT-B/16 with SCLIP (published) | 81.5')
    expect(again.stderr).toContain('voc20: 3 problems')
  })

  it('puts reports into Markdown, CSV and a page', { timeout: 60_000 }, async () => {
    const files = readdirSync(inFolder('reports')).map((name) => inFolder('reports', name))
    const outcome = await run([
      ...['eval', 'table', ...files, '--csv', inFolder('table.csv'), '--html', inFolder('page.html')],
    ])
    expect(outcome).toMatchObject({ code: 0, stdout: `${inFolder('table.csv')}\n${inFolder('page.html')}\n` })
    expect(readFileSync(inFolder('table.csv'), 'utf8')).toMatch(/^set,split,model,.*\r\nvoc20,val,emoji-scenes,/)
    expect(readFileSync(inFolder('page.html'), 'utf8')).toMatch(/^<!doctype html>.*Content-Security-Policy/s)
  })

  it('says what is missing without a model', async () => {
    const { document } = await runJson<{ sets: { counts: object }[] }>(['eval', 'check', 'voc20', '--data', voc])
    expect(document.sets).toMatchObject([
      { set: 'voc20', samples: 3, counts: { 'image-missing': 1, 'mask-missing': 1, count: 1 } },
    ])
    const text = await run(['eval', 'check', 'voc20', '--data', voc])
    expect(text.stdout).toContain(`lost: ${join(voc, 'JPEGImages', 'lost.jpg')} does not exist.`)
  })

  it('lists the known sets', async () => {
    const { document } = await runJson<{ sets: { name: string; needs: string }[] }>(['eval', 'sets'])
    expect(document.sets.find(({ name }) => name === 'ade20k')!.needs).toContain('ADEChallengeData2016.zip')
  })

  it.each([
    [['eval', 'voc-20', '--data', '.'], 1, /"voc-20" is unknown. Did you mean voc20\?/],
    [['eval', 'voc20'], 2, /give --data FOLDER/],
    [['eval', 'table', 'package.json'], 1, /expected a report that dreamlip eval wrote; report.format is not/],
  ])('refuses %j', async (args, code, message) => {
    const outcome = await run(args)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toMatch(message)
  })
})
