/** The trainer accepts a data set's loader as its data. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { DreamLIP, LongCaptionDataset, Trainer, type TrainingData } from '../../src/index.node.ts'
import { tiny } from './tiny'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-train-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('trains on long captions, shuffled, cropped and sampled, for several epochs', async () => {
  cpSync('test/fixtures/data/layouts', folder, { recursive: true })
  const dataset = await LongCaptionDataset.open(join(folder, 'released.csv'))
  const options = { batchSize: 3, imageSize: 16, contextLength: 16, texts: { count: 2 }, seed: 1 }
  const data: TrainingData = dataset.loader(options)
  const model = await DreamLIP.create(tiny, { seed: 1 })
  const losses: number[] = []
  const schedule = { kind: 'constant', learningRate: 1e-3, warmup: 0 } as const
  const { step } = await new Trainer({ model, data, schedule, progress: false }).fit({
    epochs: 2,
    onStep: ({ loss }) => losses.push(loss),
  })
  model.dispose()
  expect([step, losses.every(Number.isFinite)]).toEqual([4, true])
})
