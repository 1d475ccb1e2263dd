/** The differences of four training steps on TensorFlow's C library from the compiled runtime's: losses and final weights. */
import { DreamLIP, LongCaptionDataset, Trainer } from 'dreamlip'

const config = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 2, width: 16, head_width: 8, patch_size: 4 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 8, heads: 2, layers: 2 },
}
const words = ['red', 'green', 'blue', 'dark', 'bright', 'grey', 'warm', 'cold']
const records = words.map((word, i) => ({
  key: word,
  image: {
    data: Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (at * (i + 1) + 53 * i) % 256),
    width: 16,
    height: 16,
    channels: 3,
  },
  raw: `a ${word} picture`,
  captions: { other: `It looks ${word}. Everything in it is ${word}.` },
}))

async function train(runtime) {
  const model = await DreamLIP.create(config, { seed: 1, device: 'cpu', runtime })
  const loading = { batchSize: 4, imageSize: 16, texts: { count: 1 }, augmentation: 'none' }
  const data = LongCaptionDataset.of(records).loader(loading)
  const schedule = { kind: 'constant', learningRate: 5e-3, warmup: 0 }
  const losses = []
  await new Trainer({ model, data, schedule, progress: false }).fit({
    steps: 4,
    onStep: ({ loss }) => losses.push(loss),
  })
  const weights = [...model.parameters.values()].flatMap(({ data }) => [...data])
  const { backend } = model.device
  model.dispose()
  return { losses, weights, backend }
}

const native = await train('eager')
const compiled = await train('compiled')
if (native.backend !== '@tensorflow/tfjs-node') throw new Error(`${native.backend} ran instead`)
const difference = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
console.log(
  JSON.stringify({
    steps: native.losses.length,
    losses: difference(native.losses, compiled.losses),
    weights: difference(native.weights, compiled.weights),
  }),
)
