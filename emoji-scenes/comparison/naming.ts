/** Names drawings: which kind fits best, by any of its names. */
import { buildZeroShotClassifier, cosineSimilarity, type DreamLIP, type RawImage } from 'dreamlip'
import { kinds, type Kind } from '../icons/kinds'
import type { Measures } from './report-table'

/** Prompts for names, worded like the training captions. */
export const templates = ['a {}', 'the {}', 'There is a {} in the picture.', 'One can see a {}.', 'a picture of a {}']

/** Pictures per batch. */
const batchSize = 64

/** A drawing of one thing. */
export interface NamedDrawing {
  readonly image: RawImage
  readonly kind: Kind
}

/** The kinds for each image, the best first. A kind is as good as its best name. */
export async function rankKinds(model: DreamLIP, images: readonly RawImage[]): Promise<Kind[][]> {
  const names = kinds.flatMap((kind) => kind.names.map(({ text }) => ({ kind, text })))
  const labels = names.map(({ text }) => text)
  const { embeddings } = await buildZeroShotClassifier(model, labels, { templates })
  const { data } = cosineSimilarity(await model.encodeImage(images, { batchSize }), embeddings) // [images, names]
  return images.map((_, image) => {
    const scores = names.map(({ kind }, i) => ({ kind, score: data[image * names.length + i]! }))
    return [...new Set(scores.sort((a, b) => b.score - a.score).map(({ kind }) => kind))]
  })
}

/** A kind that is often taken for another. */
export interface Confusion {
  readonly drawn: string
  readonly named: string
  readonly times: number
}

/** The shares of drawings whose kind is the first, or among the first five; and what is confused most often. */
export async function measureNaming(
  model: DreamLIP,
  drawings: readonly NamedDrawing[],
): Promise<{ measures: Measures; confusions: readonly Confusion[] }> {
  const ranked = await rankKinds(
    model,
    drawings.map(({ image }) => image),
  )
  const rightWithin = (count: number) =>
    drawings.filter(({ kind }, i) => ranked[i]!.slice(0, count).includes(kind)).length / drawings.length
  const wrong = new Map<string, Confusion>()
  for (const [i, { kind }] of drawings.entries()) {
    const [best] = ranked[i]!
    if (best === kind) continue
    const key = `${kind.key} ${best!.key}`
    wrong.set(key, { drawn: kind.key, named: best!.key, times: (wrong.get(key)?.times ?? 0) + 1 })
  }
  return {
    measures: { 'names top-1': rightWithin(1), 'names top-5': rightWithin(5) },
    confusions: [...wrong.values()].sort((a, b) => b.times - a.times).slice(0, 20),
  }
}
