/** Trains the tiny model in a separate process: `train-process.ts FOLDER STEPS`. Prints steps and warnings, and resumes from the folder. */
import { DreamLIP, heldOutRetrieval, LongCaptionDataset, Trainer } from '../../src/index'
import { loaderOf, photos, tiny } from './tiny'

const [folder, steps] = process.argv.slice(2) as [string, string]
const model = await DreamLIP.create(tiny, { seed: 1, device: 'cpu', runtime: 'compiled' })
await new Trainer({
  model,
  data: loaderOf(photos(10), { seed: 3, augmentation: 'strong' }),
  schedule: { learningRate: 5e-3, warmup: 2 },
  patchDropout: 0.25,
  optimizer: { emaDecay: 0.9 },
  evaluate: await heldOutRetrieval(LongCaptionDataset.of(photos(16).slice(10))),
  best: 'meanRecall',
  folder,
  saveEvery: 2,
  progress: false,
}).fit({
  steps: Number(steps),
  resume: true,
  onStep: ({ step }) => console.log(`step ${step}`),
  onWarning: (message) => console.log(`warning: ${message}`),
})
