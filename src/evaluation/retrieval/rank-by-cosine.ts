/** Ranks by cosines: of all pairs at once if they are few, or else in blocks. */
import { cosineBlocks } from '#evaluation/cosine-blocks'
import { cosineSimilarity, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import type { RuntimeOptions } from '../../runtime/runtime'
import { rankMatrix, rankPairs, type PairRanks } from './ranks'

/** Multiplications that loops do in about a second. Below this, a product that must be compiled first is not faster. */
const mostByLoops = 2 ** 30

/**
 * @param images `[images, dimensions]`
 * @param texts `[texts, dimensions]`
 * @param imageOfText the image that each text describes, or −1
 * @param device for comparing many pairs
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
