/** `dreamlip classify`, run as a process. */
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DreamLIP, shortTemplates } from '../../../src/index'
import { model, photos, run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()

interface Classified {
  images: { image: string; labels: { label: string; score: number }[] }[]
  skipped: unknown[]
}

it('prints what DreamLIP.classify returns', async () => {
  const labels = ['cat', 'cup of coffee', 'rocket']
  const { code, document } = await runJson<Classified>([
    'classify',
    '-m',
    model,
    ...photos,
    '--labels',
    labels.join(','),
  ])
  const loaded = await DreamLIP.load(model)
  const expected = await loaded.classify(photos, labels)
  loaded.dispose()
  expect(code).toBe(0)
  expect(document.images.map(({ image }) => image)).toEqual(photos)
  expect(document.images.map((each) => each.labels)).toEqual(expected)
})

it('draws a bar for each label, the most likely first', async () => {
  const { stdout } = await run(['classify', '-m', model, photos[0]!, '-l', 'cat,cup of coffee'])
  const [name, ...lines] = stdout.trimEnd().split('\n')
  expect(name).toBe(photos[0])
  expect(lines).toHaveLength(2)
  const percents = lines.map((line) => Number(/([\d.]+) %/.exec(line)![1]))
  const bars = lines.map((line) => /█*$/.exec(line)![0].length)
  expect(percents[0]).toBeGreaterThan(percents[1]!)
  expect(percents[0]! + percents[1]!).toBeCloseTo(100, 0)
  expect(bars).toEqual(percents.map((percent) => Math.round(0.3 * percent)))
})

it('takes labels from a file, averages templates, and shows the top ones with their share among all labels', async () => {
  const labels = ['cat', 'dog', 'bus', 'rocket']
  writeFileSync(inFolder('labels.txt'), `${labels.join('\n\n')}\n`)
  const templates = shortTemplates.slice(0, 2)
  const args = ['classify', '-m', model, photos[0]!, '--labels-file', inFolder('labels.txt'), '--top', '2']
  const { document } = await runJson<Classified>([...args, ...templates.flatMap((each) => ['--template', each])])
  const loaded = await DreamLIP.load(model)
  const [expected] = await loaded.classify(photos[0]!, labels, { templates, topK: 2 })
  loaded.dispose()
  expect(document.images[0]!.labels).toEqual(expected)
})

it('leaves broken images out with --skip-broken', async () => {
  writeFileSync(inFolder('broken.png'), 'no image')
  const args = ['classify', '-m', model, inFolder('broken.png'), photos[1]!, '-l', 'cat', '--skip-broken']
  const { code, document } = await runJson<Classified>(args)
  expect(code).toBe(0)
  expect(document.images.map(({ image }) => image)).toEqual([photos[1]])
  expect(document.skipped).toHaveLength(1)
})

it('refuses to run without labels', async () => {
  const { code, stderr } = await run(['classify', '-m', model, photos[0]!, '--labels', ' , '])
  expect([code, stderr]).toEqual([2, 'dreamlip: give labels: --labels cat,dog or --labels-file FILE. (See --help.)\n'])
})
