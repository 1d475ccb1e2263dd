/** Runs a loaded model on golden inputs and returns each result's difference from PyTorch's. No Node imports: pages run it too. */
import type { DreamLIP } from '../src/index'
import type { Golden } from './models/golden'
import { largestDifference } from './ops/compare'

/** The largest absolute difference of each output, through the public methods. */
export async function modelDifferences(model: DreamLIP, golden: Golden): Promise<Record<string, number>> {
  const [n, channels, height, width] = golden.pixels.shape as [number, number, number, number]
  const images = { pixels: Float32Array.from(golden.pixels.data), shape: [n, channels, height, width] as const }
  const texts = { tokens: golden.tokens }
  const outputs = {
    image_features_raw: await model.encodeImage(images, { normalize: false }),
    image_features: await model.encodeImage(images),
    text_features_raw: await model.encodeText(texts, { normalize: false }),
    text_features: await model.encodeText(texts),
    patch_tokens: (await model.encodePatches(images)).patches,
  }
  const names = Object.keys(outputs) as (keyof typeof outputs)[]
  return Object.fromEntries(names.map((name) => [name, largestDifference(outputs[name].data, golden[name].data)]))
}
