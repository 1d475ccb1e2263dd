/** Cosines of images and texts in blocks, by loops: pages that measure little need not load TensorFlow.js for it. */
import { checkEmbeddings, cosineSimilarity, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import type { RuntimeOptions } from '../../runtime/runtime'
import type { CosineBlocks } from './ranks'

const largestBlock = { images: 1024, texts: 4096 }

/** The same as in Node, where the runtime multiplies. */
export function cosineBlocks(images: EmbeddingsLike, texts: EmbeddingsLike, _device?: RuntimeOptions): CosineBlocks {
  const [, width] = checkEmbeddings('images', images).shape
  checkEmbeddings('texts', texts)
  return {
    images: images.shape[0],
    texts: texts.shape[0],
    block: largestBlock,
    async scores({ start, end }, chosen) {
      const rows = { data: images.data.subarray(start * width, end * width), shape: [end - start, width] as const }
      const columns = new Float32Array(chosen.length * width) // [chosen, width]
      chosen.forEach((text, i) => columns.set(texts.data.subarray(text * width, (text + 1) * width), i * width))
      return cosineSimilarity(rows, { data: columns, shape: [chosen.length, width] }).data
    },
    dispose: () => undefined,
  }
}
