/** Ranks by cosines: of all pairs at once if they are few, or else in blocks. */
import { cosineBlocks } from '#evaluation/cosine-blocks'
import { cosineSimilarity, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import type { RuntimeOptions } from '../../runtime/runtime'
import { rankMatrix, rankPairs, type PairRanks } from './ranks'

/** Multiplications for which loops take about a second. A product that has to be compiled first is not faster for fewer. */
const mostByLoops = 2 ** 30

/**
 * @param images `[images, dimensions]`
 * @param texts `[texts, dimensions]`
 * @param imageOfText the image that each text describes, or −1
 * @param device where many pairs are compared
 */
export async function rankByCosine(
  images: EmbeddingsLike,
  texts: EmbeddingsLike,
  imageOfText: Int32Array,
  device: RuntimeOptions,
  signal?: AbortSignal,
): Promise<PairRanks> {
  const [count, dimensions] = images.shape
  const isSmall = count * texts.shape[0] * dimensions <= mostByLoops
  if (isSmall) return rankMatrix(cosineSimilarity(images, texts).data, count, imageOfText)
  const blocks = cosineBlocks(images, texts, device)
  try {
    return await rankPairs(blocks, imageOfText, { signal })
  } finally {
    blocks.dispose()
  }
}
