/**
 * The rank of the right answer of each image and each text, from blocks of scores, so that the matrix of all scores is never in memory.
 * Ranks count from 0. A wrong answer that is as similar as the right one comes before it: if all scores tie or are NaN, nothing is found.
 */

/** A range of a list: from `start`, up to but not including `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Scores of images with texts. A pair must get the same score in every block, or ties are not recognised. */
export interface ScoreBlocks {
  readonly images: number
  readonly texts: number
  /** Maximum images and texts of a block. */
  readonly block: { readonly images: number; readonly texts: number }
  /** `[images of the span, texts]` in row-major order. The array may be overwritten by the next call. @param texts indices */
  scores(images: Span, texts: Int32Array): Float32Array | Promise<Float32Array>
}

/** Cosines in blocks, with resources that must be freed at the end. */
export interface CosineBlocks extends ScoreBlocks {
  dispose(): void
}

/** Infinity where there is no right answer: for an image without texts, or a text without an image. */
export interface PairRanks {
  /** For each image, the number of wrong texts that are at least as similar as its best text. */
  readonly ofImages: Float64Array
  /** For each text, the number of wrong images that are at least as similar as its image. */
  readonly ofTexts: Float64Array
}

/**
 * Ranks from blocks of scores.
 * @param imageOfText the image that each text describes; −1 for a text whose image is missing: it is a wrong answer for all images
 * @param onBlock called with the number of images that are done
 */
export async function rankPairs(
  source: ScoreBlocks,
  imageOfText: Int32Array,
  { signal, onBlock }: { readonly signal?: AbortSignal; readonly onBlock?: (images: number) => void } = {},
): Promise<PairRanks> {
  const { images, texts, block } = source
  const order = imageOfText.map((_, text) => text)
  const best = await rightScores(source, imageOfText, signal)
  const ranks = startRanks(images, imageOfText)
  for (const rows of spansOf(images, block.images)) {
    for (const columns of spansOf(texts, block.texts)) {
      signal?.throwIfAborted()
      const scores = await source.scores(rows, order.subarray(columns.start, columns.end))
      countWrong(scores, rows, columns, imageOfText, best, ranks)
    }
    onBlock?.(rows.end)
  }
  return ranks
}

/** Ranks from the matrix of all scores. @param data `[images, texts]` */
export function rankMatrix(data: Float32Array, images: number, imageOfText: Int32Array): PairRanks {
  const texts = imageOfText.length
  const best: RightScores = { ofImages: new Float32Array(images).fill(-Infinity), ofTexts: new Float32Array(texts) }
  imageOfText.forEach((image, text) => {
    if (image >= 0) keepRight(best, image, text, data[image * texts + text]!)
  })
  const ranks = startRanks(images, imageOfText)
  countWrong(data, { start: 0, end: images }, { start: 0, end: texts }, imageOfText, best, ranks)
  return ranks
}

/** Zeros, and Infinity for images without a text and texts without an image. */
function startRanks(images: number, imageOfText: Int32Array): PairRanks {
  const ofImages = new Float64Array(images).fill(Infinity)
  for (const image of imageOfText) if (image >= 0) ofImages[image] = 0
  return { ofImages, ofTexts: Float64Array.from(imageOfText, (image) => (image < 0 ? Infinity : 0)) }
}

/** The score of each text with its image, and of each image with its best text. */
interface RightScores {
  readonly ofImages: Float32Array
  readonly ofTexts: Float32Array
}

async function rightScores(source: ScoreBlocks, imageOfText: Int32Array, signal?: AbortSignal): Promise<RightScores> {
  const { images, texts, block } = source
  const best: RightScores = { ofImages: new Float32Array(images).fill(-Infinity), ofTexts: new Float32Array(texts) }
  const byImage = imageOfText.map((_, text) => text).sort((a, b) => imageOfText[a]! - imageOfText[b]!)
  let at = byImage.findIndex((text) => imageOfText[text]! >= 0)
  if (at < 0) at = texts
  for (const rows of spansOf(images, block.images)) {
    while (at < texts && imageOfText[byImage[at]!]! < rows.end) {
      signal?.throwIfAborted()
      let end = at + 1
      while (end < texts && end - at < block.texts && imageOfText[byImage[end]!]! < rows.end) end++
      const chosen = byImage.subarray(at, end)
      const scores = await source.scores(rows, chosen)
      chosen.forEach((text, column) => {
        const image = imageOfText[text]!
        keepRight(best, image, text, scores[(image - rows.start) * chosen.length + column]!)
      })
      at = end
    }
  }
  return best
}

/** A score that is NaN is never the best: everything else comes before it. */
function keepRight({ ofImages, ofTexts }: RightScores, image: number, text: number, score: number): void {
  ofTexts[text] = score
  if (score > ofImages[image]!) ofImages[image] = score
}

/** Adds a block's wrong answers that come before the right ones. `!(a < b)` also counts NaN. */
function countWrong(
  scores: Float32Array,
  rows: Span,
  columns: Span,
  imageOfText: Int32Array,
  best: RightScores,
  ranks: PairRanks,
): void {
  let at = 0
  for (let image = rows.start; image < rows.end; image++) {
    const bestOfImage = best.ofImages[image]!
    let count = 0
    for (let text = columns.start; text < columns.end; text++) {
      const score = scores[at++]!
      if (imageOfText[text] === image) continue
      if (!(score < bestOfImage)) count++
      if (!(score < best.ofTexts[text]!)) ranks.ofTexts[text]!++
    }
    ranks.ofImages[image]! += count
  }
}

function* spansOf(count: number, size: number): Generator<Span> {
  for (let start = 0; start < count; start += size) yield { start, end: Math.min(count, start + size) }
}
