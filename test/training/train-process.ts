/** Trains the tiny model in a process of its own: `train-process.ts FOLDER STEPS`. Prints each step; goes on where the folder ends. */
import { DreamLIP, imageTextData, Trainer } from '../../src/index'
import { photos, tiny } from './tiny'

const [folder, steps] = process.argv.slice(2) as [string, string]
const model = await DreamLIP.create(tiny, { seed: 1, device: 'cpu', runtime: 'compiled' })
await new Trainer({
  model,
  data: imageTextData(photos(10), { batchSize: 4, captions: 2, imageSize: 16, seed: 3 }),
  schedule: { learningRate: 5e-3, warmup: 2 },
  patchDropout: 0.25,
  optimizer: { emaDecay: 0.9 },
  folder,
  saveEvery: 2,
  progress: false,
}).fit({ steps: Number(steps), resume: true, onStep: ({ step }) => console.log(`step ${step}`) })
