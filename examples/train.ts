/**
 * Trains a small model from random weights on a folder of pictures with captions: `cat.png` and next to it `cat.txt`, one caption
 * per line. It learns these few pictures by heart: this shows how training works, not how to get a good model.
 *
 *     npx tsx --import ./scripts/tfjs-modules.mjs examples/train.ts
 *     npx tsx --import ./scripts/tfjs-modules.mjs examples/train.ts my-pictures trained.safetensors 200
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DreamLIP, evaluateRetrieval, LongCaptionDataset, Trainer, type RetrievalSample } from 'dreamlip'

const [folder = 'examples/scenes', out = 'examples/output/trained.safetensors', steps = '60'] = process.argv.slice(2)

const model = await DreamLIP.create(
  {
    embed_dim: 64,
    vision_cfg: { image_size: 64, layers: 2, width: 128, head_width: 32, patch_size: 8, pool_type: 'avg' },
    text_cfg: { context_length: 77, vocab_size: 49408, width: 64, heads: 2, layers: 2 },
  },
  { seed: 1 },
)
const dataset = await LongCaptionDataset.open(folder)
const { imageSize } = model.config.vision
const data = dataset.loader({
  ...model.preprocessing,
  imageSize,
  batchSize: dataset.size,
  texts: { count: 3 },
  seed: 1,
})
const trainer = new Trainer({ model, data, schedule: { learningRate: 1e-3, warmup: 10 }, seed: 1 })

console.log(`${dataset.size} pictures; before: ${await found()} found by their first caption`)
await trainer.fit({
  steps: Number(steps),
  onStep({ step, loss, imagesPerSecond }) {
    if (step % 10 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} images/s`)
  },
})
console.log(`after: ${await found()} found by their first caption`)

mkdirSync(dirname(out), { recursive: true })
await model.save(out)
console.log(`The model: ${out}`)
model.dispose()

/** How many pictures are the most similar one to their own first caption. */
async function found(): Promise<number> {
  const samples: RetrievalSample[] = []
  for await (const reading of dataset.readings()) {
    if ('record' in reading) samples.push({ image: reading.record.image, captions: [String(reading.record.raw)] })
  }
  const { textToImage } = await evaluateRetrieval(model, samples, { at: [1] })
  return Math.round(textToImage[1]! * samples.length)
}
