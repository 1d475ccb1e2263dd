/** Trains a small model on a split. Continues an interrupted run; loads the model of a finished one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  DreamLIP,
  LongCaptionDataset,
  progressLine,
  Trainer,
  type LoaderOptions,
  type TrainerOptions,
  type TrainingLoss,
} from 'dreamlip'

export interface TrainingRun {
  /** Makes the model to begin with. */
  readonly start: () => Promise<DreamLIP>
  /** The texts per image in a step. */
  readonly texts: LoaderOptions['texts']
  readonly loss: TrainingLoss
  readonly seed: number
  readonly steps: number
  readonly batchSize: number
  readonly learningRate: number
  readonly freeze?: TrainerOptions['freeze']
  /** The folder of the split, with its shards. */
  readonly data: string
  /** The folder for checkpoints and the model. */
  readonly folder: string
  readonly signal?: AbortSignal
}

/** @returns the trained model, which the caller disposes */
export async function trainRun(run: TrainingRun): Promise<DreamLIP> {
  const { texts, loss, seed, steps, batchSize, learningRate, freeze, folder, signal } = run
  const file = join(folder, 'model.safetensors')
  if (existsSync(file)) return DreamLIP.load(file)
  const model = await run.start()
  const dataset = await LongCaptionDataset.open(join(run.data, 'shard-*.tar'))
  const { imageSize } = model.config.vision
  const data = dataset.loader({ batchSize, imageSize, seed, texts })
  const schedule = { learningRate, warmup: Math.round(steps / 10) }
  const saveEvery = Math.max(100, Math.ceil(steps / 20))
  const trainer = new Trainer({ model, data, loss, schedule, freeze, folder, saveEvery, keep: 1, seed, progress: true })
  const told = Math.max(1, Math.round(steps / 20))
  await trainer.fit({
    steps,
    resume: true,
    signal,
    onStep: (report) => {
      if (!process.stderr.isTTY && report.step % told === 0) console.log(progressLine(report))
    },
  })
  await model.save(file)
  return model
}
