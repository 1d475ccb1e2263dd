/** How much `decode: 'fast'` changes embeddings: cosines to exact decoding, for the pictures in a folder whose pixels differ. */
import { DreamLIP, listImages } from '../../src/index.node.ts'
import { pictures } from './photographs'

/** With the embedded model, and with a random ViT-B/16. */
export async function decodeModesBenchmark(): Promise<void> {
  const paths = await listImages([pictures])
  for (const [name, model] of [
    ['the model inside', await DreamLIP.load()],
    ['ViT-B/16, random weights', await DreamLIP.create('ViT-B-16', { seed: 1 })],
  ] as const) {
    const cosines = await cosinesOf(model, paths)
    const changed = cosines.filter((cosine) => cosine < 1)
    const mean = changed.reduce((sum, cosine) => sum + cosine, 0) / changed.length
    console.log(
      `decode: 'fast', ${name} (${model.config.vision.imageSize} pixels): ${changed.length} of ${paths.length} pictures change` +
        (changed.length > 0
          ? `; cosine to exact: mean ${mean.toFixed(6)}, min ${Math.min(...changed).toFixed(6)}`
          : ''),
    )
    model.dispose()
  }
}

/** Exactly 1 for equal embeddings. */
async function cosinesOf(model: DreamLIP, paths: readonly string[]): Promise<number[]> {
  const [exact, fast] = [await model.encodeImage(paths), await model.encodeImage(paths, { decode: 'fast' })]
  const [count, width] = exact.shape
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [exact, fast].map(({ data }) => data.subarray(i * width, (i + 1) * width)) as [
      Float32Array,
      Float32Array,
    ]
    if (a.every((value, at) => value === b[at])) return 1
    return Math.min(
      1 - 1e-9,
      a.reduce((sum, value, at) => sum + value * b[at]!, 0),
    )
  })
}
