/** Measures whether patches say where things are, and whether sentences need the patches of their own picture. */
import { cosineSimilarity, type DreamLIP, type Embeddings } from 'dreamlip'
import type { Measures } from './report-table'
import type { TestScene } from './test-scenes'

/** Pictures per batch. */
const batchSize = 64

/**
 * @param attention of the last block
 * @returns
 * - `pointing`: the share of sentences whose best patch has its centre on the thing that the sentence describes. `pointing by chance`:
 *   the same for a random patch.
 * - `own patches`: each sentence collects the patches of its scene that match it. This is the share of sentences whose collection is
 *   more similar to them than to the other sentences of the scene, as the grouping loss asks (with negatives of the image).
 *   `other patches`: the same with the patches of the next scene. If both are high, the patches need not know their picture.
 */
export async function measureGrounding(
  model: DreamLIP,
  scenes: readonly TestScene[],
  attention: DreamLIP['attention'] = 'standard',
): Promise<Measures> {
  const images = scenes.map(({ image }) => image)
  const { patches } = await model.encodePatches(images, { project: true, batchSize, attention })
  const [, count, dimensions] = patches.shape
  const patchesOf = (scene: number): Embeddings => ({
    data: patches.data.subarray(scene * count * dimensions, (scene + 1) * count * dimensions),
    shape: [count, dimensions],
  })
  const totals = { sentences: 0, own: 0, other: 0, described: 0, hits: 0, chance: 0 }
  for (const [i, scene] of scenes.entries()) {
    const { long } = scene.captions
    const texts = await model.encodeText(long.map(({ text }) => text))
    const own = cosineSimilarity(texts, patchesOf(i)) // [sentences, patches]
    totals.sentences += long.length
    totals.own += countFound(texts, patchesOf(i), own)
    const others = patchesOf((i + 1) % scenes.length)
    totals.other += countFound(texts, others, cosineSimilarity(texts, others))
    long.forEach(({ object }, sentence) => {
      const onObject = object === null ? [] : patchesOn(scene, object + 1, count)
      if (onObject.length === 0) return
      totals.described++
      totals.chance += onObject.length / count
      if (onObject.includes(indexOfLargest(row(own, sentence)))) totals.hits++
    })
  }
  return {
    pointing: totals.hits / totals.described,
    'pointing by chance': totals.chance / totals.described,
    'own patches': totals.own / totals.sentences,
    'other patches': totals.other / totals.sentences,
  }
}

/** The patches, in a square grid, whose centre is on the thing with this value in the mask. */
function patchesOn({ mask }: TestScene, value: number, count: number): number[] {
  const side = Math.sqrt(count)
  const middle = (index: number, length: number) => Math.floor(((index + 0.5) * length) / side)
  return Array.from({ length: count }, (_, patch) => patch).filter((patch) => {
    const [y, x] = [middle(Math.floor(patch / side), mask.height), middle(patch % side, mask.width)]
    return mask.data[y * mask.width + x] === value
  })
}

/** How many texts are the most similar one to what they collect from the patches. @param similarities `[texts, patches]` */
function countFound(texts: Embeddings, patches: Embeddings, similarities: Embeddings): number {
  const [count, dimensions] = texts.shape
  const data = new Float32Array(count * dimensions) // [texts, dimensions]
  for (let i = 0; i < count; i++) data.set(gather(patches, row(similarities, i)), i * dimensions)
  const found = cosineSimilarity({ data, shape: texts.shape }, texts) // [texts, texts]
  return Array.from({ length: count }, (_, i) => indexOfLargest(row(found, i))).filter((at, i) => at === i).length
}

/** The patches that a text collects (DreamLIP, section 3.3): their sum, weighted by similarity as in the loss. `[dimensions]` */
function gather(patches: Embeddings, similarities: Float32Array): Float32Array {
  const [count, dimensions] = patches.shape
  const lowest = Math.min(...similarities)
  const range = Math.max(...similarities) - lowest + 1e-10
  const gathered = new Float32Array(dimensions)
  similarities.forEach((similarity, patch) => {
    const weight = (similarity - lowest) / range
    if (weight < 1 / count) return
    row(patches, patch).forEach((value, d) => (gathered[d]! += weight * value))
  })
  return gathered
}

function indexOfLargest(values: Float32Array): number {
  return values.indexOf(Math.max(...values))
}

/** One row as a view. */
function row({ data, shape: [, width] }: Embeddings, index: number): Float32Array {
  return data.subarray(index * width, (index + 1) * width)
}
