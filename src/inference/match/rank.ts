/** Finds the images that a text describes: all by their embeddings, then the best of them by text-conditioned scores. */
import { checkObject, checkText, checkWhole } from '../../check-arguments'
import { listImages, type ImageBatchInput } from '../images/image-list'
import type { ModelState } from '../model-state'
import type { RankOptions } from '../options'
import { similarityOf } from '../similarity'
import { matchImages, scaled } from './match'
import { pairPrograms } from './pair-programs'

/** An image that was found. */
export interface RankedImage {
  /** Its index in the list of images. */
  readonly index: number
  /** The score from `match`. */
  readonly score: number
}

/** `DreamLIP.rank`. */
export async function rankImages(
  state: ModelState,
  query: string,
  images: ImageBatchInput,
  options: RankOptions,
): Promise<RankedImage[]> {
  const { shortlist = 128, ...rest } = checkObject('options', options)
  checkWhole('shortlist', shortlist, 1)
  checkText('query', query)
  const cosines = await similarityOf(state, images, [query], rest) // [images, 1]
  const best = byScore(cosines.data).slice(0, shortlist)
  if (!(await pairPrograms(state.encoder))) return byScore(scaled(state.encoder, cosines).data).slice(0, shortlist)
  const list = listImages(images, state.encoder.config.vision.imageSize)
  const chosen = best.map(({ index }) => list[index]!)
  const scores = await matchImages(state, chosen, [query], rest) // [shortlist, 1]
  return byScore(scores.data).map(({ index, score }) => ({ index: best[index]!.index, score }))
}

/** Indices with their scores, the best first. Equal scores keep their order. Unreadable images, whose score is NaN, are omitted. */
function byScore(scores: Float32Array): RankedImage[] {
  return Array.from(scores, (score, index) => ({ index, score }))
    .filter(({ score }) => !Number.isNaN(score))
    .sort((a, b) => b.score - a.score)
}
