/** Whether long captions find their scenes: search by coverage, as `dreamlip search` does it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchImages, VectorIndex, type DreamLIP, type Embeddings } from 'dreamlip'

/**
 * The places of the right pictures among the first five, from 0; 5 for those that are not among them.
 * @param paragraphs the sentences about each picture, in the order of the pictures
 */
export async function ranksByCoverage(
  model: DreamLIP,
  images: Embeddings,
  paragraphs: readonly (readonly string[])[],
): Promise<number[]> {
  const { store, remove } = await storeOf(images)
  const ranks: number[] = []
  for (const [i, sentences] of paragraphs.entries()) {
    const { hits } = await searchImages({ store, model }, [...sentences], { topK: 5 })
    const rank = hits.findIndex(({ path }) => path === String(i))
    ranks.push(rank < 0 ? 5 : rank)
  }
  await remove()
  return ranks
}

/** An index of embeddings, whose paths are their numbers. It is in a temporary folder, which is removed with the store. */
export async function storeOf({ data, shape: [count, width] }: Embeddings) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-search-'))
  const store = await VectorIndex.open(folder, { width })
  await store.add(
    Array.from({ length: count }, (_, i) => String(i)),
    data,
  )
  const remove = async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { store, remove }
}
