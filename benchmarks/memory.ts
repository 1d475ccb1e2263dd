/** Encodes a hundred thousand inputs to check for memory growth. Prints tensors, heap and resident memory along the way. */
import { memory } from '@tensorflow/tfjs-core'
import { DreamLIP } from '../src/index'

const encodes = 100_000

/** Images and texts in turn, one at a time, through a tiny model on the default device. */
export async function memoryBenchmark(): Promise<void> {
  const model = await DreamLIP.create({
    embed_dim: 8,
    vision_cfg: { image_size: 16, layers: 2, width: 16, head_width: 8, patch_size: 8 },
    text_cfg: { context_length: 77, vocab_size: 49408, width: 8, heads: 2, layers: 2 },
  })
  const image = { data: new Uint8Array(3 * 16 * 16).fill(90), width: 16, height: 16, channels: 3 as const }
  console.log(`memory: ${encodes} encodes, images and texts in turn`)
  for (let i = 0; i <= encodes; i++) {
    if (i % (encodes / 10) === 0) {
      globalThis.gc?.()
      const { rss, heapUsed, external } = process.memoryUsage()
      const [resident, heap, outside] = [rss, heapUsed, external].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`)
      console.log(
        `  ${String(i).padStart(7)}  ${memory().numTensors} tensors  heap ${heap}  external ${outside}  rss ${resident}`,
      )
    }
    await (i % 2 === 0 ? model.encodeImage(image) : model.encodeText(`caption number ${i}`))
  }
  model.dispose()
}
