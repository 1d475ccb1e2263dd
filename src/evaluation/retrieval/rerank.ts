/**
 * FLAIR's retrieval in two stages: the best texts of each image, and the best images of each text, are reranked by text-conditioned
 * scores. Source: FLAIR's evaluation (arXiv 2412.03561); `match` computes the scores.
 */
import type { DreamLIP } from '../../dreamlip'
import type { ImageInput } from '../../images/raw-image'
import { bestHits, type BestHits } from '../../inference/embeddings/best-hits'
import type { LongTexts } from '../../inference/options'
import type { PairRanks, ScoreBlocks, Span } from './ranks'

export interface Shortlists {
  /** The best texts of each image. */
  readonly ofImages: readonly Int32Array[]
  /** The best images of each text. */
  readonly ofTexts: readonly Int32Array[]
}

/** The candidates of each image and text that have the highest scores. Equal ones come in the order of their rows. */
export async function shortlists(source: ScoreBlocks, size: number, signal?: AbortSignal): Promise<Shortlists> {
  const { images, texts, block } = source
  const ofImages = Array.from({ length: images }, () => bestHits(Math.min(size, texts)))
  const ofTexts = Array.from({ length: texts }, () => bestHits(Math.min(size, images)))
  for (let start = 0; start < images; start += block.images) {
    const rows: Span = { start, end: Math.min(images, start + block.images) }
    for (let first = 0; first < texts; first += block.texts) {
      signal?.throwIfAborted()
      const columns = Int32Array.from({ length: Math.min(block.texts, texts - first) }, (_, i) => first + i)
      const scores = await source.scores(rows, columns)
      for (let image = rows.start, at = 0; image < rows.end; image++) {
        for (const text of columns) {
          const score = scores[at++]!
          ofImages[image]!.offer(text, score)
          ofTexts[text]!.offer(image, score)
        }
      }
    }
  }
  const indices = (best: BestHits) => Int32Array.from(best.sorted(), ({ index }) => index)
  return { ofImages: ofImages.map(indices), ofTexts: ofTexts.map(indices) }
}

/** Images whose scores are computed together. Each group needs the embeddings of its texts again. */
const imagesAtOnce = 64

export interface RerankOptions {
  readonly long: LongTexts
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onImages?: (done: number) => void
}

/** Ranks of the second stage. A right answer that is not on the list keeps its rank of the first stage: the list comes before it. */
export async function rerank(
  model: DreamLIP,
  images: readonly ImageInput[],
  texts: readonly string[],
  imageOfText: Int32Array,
  first: PairRanks,
  lists: Shortlists,
  { long, batchSize, signal, onImages }: RerankOptions,
): Promise<PairRanks> {
  const ofImages = first.ofImages.slice()
  const scoresOfTexts = lists.ofTexts.map(({ length }) => new Float32Array(length))
  const textsOfImage = images.map((_, image) => new Set(lists.ofImages[image]))
  lists.ofTexts.forEach((list, text) => list.forEach((image) => textsOfImage[image]!.add(text)))
  for (let start = 0; start < images.length; start += imagesAtOnce) {
    const group = images.slice(start, start + imagesAtOnce)
    const chosen = [...new Set(group.flatMap((_, i) => [...textsOfImage[start + i]!]))]
    const column = new Map(chosen.map((text, i) => [text, i]))
    const { data } = await model.match(
      group,
      chosen.map((text) => texts[text]!),
      { long, batchSize, signal },
    )
    const scoreOf = (image: number, text: number) => data[(image - start) * chosen.length + column.get(text)!]!
    group.forEach((_, i) => {
      const image = start + i
      const list = lists.ofImages[image]!
      const scores = Float32Array.from(list, (text) => scoreOf(image, text))
      ofImages[image] = rankAmong(scores, (at) => imageOfText[list[at]!] === image) ?? first.ofImages[image]!
      for (const text of textsOfImage[image]!) {
        const at = lists.ofTexts[text]!.indexOf(image)
        if (at >= 0) scoresOfTexts[text]![at] = scoreOf(image, text)
      }
    })
    onImages?.(start + group.length)
  }
  const ofTexts = first.ofTexts.map((rank, text) => {
    const list = lists.ofTexts[text]!
    return rankAmong(scoresOfTexts[text]!, (at) => list[at] === imageOfText[text]) ?? rank
  })
  return { ofImages, ofTexts }
}

/** The number of wrong candidates at least as good as the best right one; undefined if none is right. */
function rankAmong(scores: Float32Array, isRight: (at: number) => boolean): number | undefined {
  let best: number | undefined
  scores.forEach((score, at) => {
    if (isRight(at)) best = Math.max(best ?? -Infinity, score)
  })
  if (best === undefined) return undefined
  return scores.reduce((count, score, at) => count + (!isRight(at) && !(score < best!) ? 1 : 0), 0)
}
