/** Embeds long captions sentence by sentence, as the models were trained. */
import type { DreamLIP, Embeddings } from 'dreamlip'

/** For each description, the mean of its sentences' embeddings. `[descriptions, embedDim]` */
export async function embedDescriptions(
  model: DreamLIP,
  descriptions: readonly (readonly string[])[],
): Promise<Embeddings> {
  const { data, shape } = await model.encodeText(descriptions.flat()) // [sentences, embedDim]
  const width = shape[1]
  const means = new Float32Array(descriptions.length * width)
  let at = 0
  descriptions.forEach((sentences, i) => {
    for (let end = at + sentences.length; at < end; at++) {
      for (let c = 0; c < width; c++) means[i * width + c]! += data[at * width + c]! / sentences.length
    }
  })
  return { data: means, shape: [descriptions.length, width] }
}
