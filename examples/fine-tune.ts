/**
 * Fine-tunes a model on a folder of photographs with captions (`beach.jpg` and next to it `beach.txt`, one caption per line), with
 * checkpoints: stop it with Ctrl-C and run the same command again, and it continues.
 *
 *     npx tsx --import ./scripts/tfjs-modules.mjs examples/fine-tune.ts
 *     npx tsx --import ./scripts/tfjs-modules.mjs examples/fine-tune.ts --photos my-photos --model cc3m_dreamlip_vitb16.pt --epochs 3 --rate 1e-5
 *
 * Without --model it tunes the small model inside the package, which has never seen a photograph.
 */
import { parseArgs } from 'node:util'
import { DreamLIP, evaluateRetrieval, LongCaptionDataset, Trainer, type RetrievalSample } from 'dreamlip'

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: 'examples/photos' },
    model: { type: 'string' },
    out: { type: 'string', default: 'examples/output/fine-tuned' },
    epochs: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1e-4' },
  },
})

const model = await DreamLIP.load(values.model)
const photos = await LongCaptionDataset.open(values.photos)
console.log(`${photos.size} photographs, on ${model.device.backend} (${model.device.name})`)

const data = photos.loader({
  ...model.preprocessing,
  batchSize: Math.min(8, photos.size),
  imageSize: model.config.vision.imageSize,
  texts: { count: 2 }, // the first caption, and two random sentences of the others
})
const schedule = { learningRate: Number(values.rate) }
const trainer = new Trainer({ model, data, schedule, folder: values.out, progress: true })

const before = await recall()
const { step, loss } = await trainer.fit({
  epochs: Number(values.epochs),
  resume: true, // from the last checkpoint in the folder, if there is one
  onSkip: ({ sample, reason }) => console.warn(`skipped ${sample}: ${reason}`),
})
await model.save(`${values.out}/model.safetensors`)
console.log(`${step} steps, loss ${loss.toFixed(3)}`)
console.log(`photographs found by their first caption: ${before} before, ${await recall()} after`)
console.log(`saved ${values.out}/model.safetensors`)
model.dispose()

/** The share of photographs that are the most similar one to their own first caption. */
async function recall(): Promise<string> {
  const samples: RetrievalSample[] = []
  for await (const reading of photos.readings()) {
    if ('record' in reading) samples.push({ image: reading.record.image, captions: [String(reading.record.raw)] })
  }
  const { textToImage } = await evaluateRetrieval(model, samples, { at: [1] })
  return `${Math.round(100 * textToImage[1]!)} %`
}
