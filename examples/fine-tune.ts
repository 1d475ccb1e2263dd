/**
 * Fine-tunes a model on a folder of photographs with captions: `beach.jpg` and beside it `beach.txt`, one caption a line.
 *
 *     npm run example:fine-tune -- --photos my-photos
 *     npm run example:fine-tune -- --photos my-photos --model cc3m_dreamlip_vitb16.pt --epochs 3 --rate 1e-5
 *
 * Without --model it takes a small model with random weights: it shows how things work, and knows nothing but the photographs.
 */
import { parseArgs } from 'node:util'
import { DreamLIP, LongCaptionDataset, Trainer, type ImageInput } from 'dreamlip'

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: 'examples/photos' },
    model: { type: 'string' },
    out: { type: 'string', default: 'fine-tuned' },
    epochs: { type: 'string', default: '20' },
    rate: { type: 'string', default: '5e-4' },
  },
})

/** A ViT of 4 layers and 64-pixel images: a step takes a fraction of a second on a laptop's processor. */
const small = {
  embed_dim: 128,
  vision_cfg: { image_size: 64, layers: 4, width: 192, head_width: 32, patch_size: 8 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 128, heads: 4, layers: 4 },
}

const model = values.model ? await DreamLIP.load(values.model) : await DreamLIP.create(small, { seed: 1 })
const photos = await LongCaptionDataset.open(values.photos)
console.log(`${photos.size} photographs, on ${model.device.backend} (${model.device.name})`)

const data = photos.loader({
  ...model.preprocessing,
  batchSize: Math.min(8, photos.size),
  imageSize: model.config.vision.imageSize,
  texts: { count: 2 },
})
const trainer = new Trainer({ model, data, schedule: { learningRate: Number(values.rate) }, folder: values.out })

/** How many photographs find their own first caption before all others. */
async function recall(): Promise<number> {
  const images: ImageInput[] = []
  const own: string[] = []
  for await (const reading of photos.readings()) {
    if ('problem' in reading) continue
    images.push(reading.record.image)
    own.push(String(reading.record.raw))
  }
  const { data: cosines } = await model.similarity(images, own)
  const best = own.map((_, i) => cosines.subarray(i * own.length, (i + 1) * own.length))
  return best.filter((row, i) => row.indexOf(Math.max(...row)) === i).length / own.length
}

const before = await recall()
const { step, loss } = await trainer.fit({
  epochs: Number(values.epochs),
  resume: true, // where an earlier run into this folder stopped
  onSkip: ({ sample, reason }) => console.warn(`left out ${sample}: ${reason}`),
})
await model.save(`${values.out}/model.safetensors`)
console.log(`${step} steps, loss ${loss.toFixed(3)}`)
console.log(`photographs that find their caption: ${percent(before)} before, ${percent(await recall())} after`)
console.log(`saved ${values.out}/model.safetensors`)
model.dispose()

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
