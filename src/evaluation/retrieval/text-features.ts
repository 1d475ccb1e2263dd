/** Vectors of images and texts whose cosines rank them, for each way of handling long texts. */
import type { DreamLIP } from '../../dreamlip'
import { splitCaption } from '../../data/sampling/split-caption'
import type { Embeddings, EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { longTextModes, type LongTexts } from '../../inference/options'
import type { TruncatedText } from '../../inference/texts/sequences'
import type { Progress } from '../../progress'

/**
 * As for `encodeText`, or `coverage`: the score of an image is the mean over a text's sentences of their cosines with it, each
 * minus the sentence's mean cosine over all images.
 */
export type TextMode = LongTexts | 'coverage'

export const textModes: readonly TextMode[] = [...longTextModes, 'coverage']

export interface Features {
  /** `[images, dimensions]` */
  readonly images: EmbeddingsLike
  /** `[texts, dimensions]` */
  readonly texts: EmbeddingsLike
  /** Texts whose end the model did not read. For `coverage`, those with a sentence that was cut. */
  readonly truncated: readonly TruncatedText[]
}

interface Batches {
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** @param images `[images, dimensions]`, rows of unit length */
export async function textFeatures(
  model: DreamLIP,
  images: EmbeddingsLike,
  texts: readonly string[],
  mode: TextMode,
  batches: Batches,
): Promise<Features> {
  if (mode !== 'coverage') {
    const { truncated, ...embeddings } = await model.encodeText(texts, { ...batches, long: mode })
    return { images, texts: embeddings, truncated }
  }
  const pieces = texts.map(sentencesOf)
  const unique = [...new Set(pieces.flat())]
  const place = new Map(unique.map((sentence, i) => [sentence, i]))
  const rows = pieces.map((sentences) => sentences.map((sentence) => place.get(sentence)!))
  const { truncated, ...sentences } = await model.encodeText(unique, { ...batches, long: 'truncate' })
  const cut = new Map(truncated.map(({ index, tokens }) => [index, tokens]))
  return {
    ...coverageFeatures(images, sentences, rows),
    truncated: rows.flatMap((own, index) => {
      const tokens = Math.max(...own.map((row) => cut.get(row) ?? 0))
      return tokens > 0 ? [{ index, tokens }] : []
    }),
  }
}

/** The sentences of a text; a text without words is a sentence. */
export function sentencesOf(text: string): string[] {
  const sentences = splitCaption(text, { rule: 'sentences' })
  return sentences.length > 0 ? sentences : [text]
}

/**
 * Vectors whose cosines have the order of the coverage scores. With v an image, m the mean of all images and t the mean of a text's
 * sentences, the score is v · t − m · t, which is linear in (v, 1): an image becomes (v, 1, 0) and a text (t, −m · t, r), where r
 * makes all texts the same length.
 * @param images `[images, dimensions]`
 * @param sentences `[sentences, dimensions]`, rows of unit length
 * @param rowsOfText the sentences of each text
 */
export function coverageFeatures(
  images: EmbeddingsLike,
  sentences: EmbeddingsLike,
  rowsOfText: readonly (readonly number[])[],
): { readonly images: Embeddings; readonly texts: Embeddings } {
  const [count, width] = images.shape
  const wide = width + 2
  const ofImages = new Float32Array(count * wide)
  for (let i = 0; i < count; i++) {
    ofImages.set(images.data.subarray(i * width, (i + 1) * width), i * wide)
    ofImages[i * wide + width] = 1
  }
  const center = meanOf(
    images,
    Array.from({ length: count }, (_, i) => i),
  )
  const ofTexts = new Float32Array(rowsOfText.length * wide)
  const squares = rowsOfText.map((rows, text) => {
    const mean = meanOf(sentences, rows)
    const average = mean.reduce((sum, value, d) => sum + value * center[d]!, 0)
    ofTexts.set(mean, text * wide)
    ofTexts[text * wide + width] = -average
    return mean.reduce((sum, value) => sum + value * value, average * average)
  })
  const longest = squares.reduce((a, b) => Math.max(a, b), 0)
  squares.forEach((square, text) => (ofTexts[text * wide + width + 1] = Math.sqrt(longest - square)))
  return {
    images: { data: ofImages, shape: [count, wide] },
    texts: { data: ofTexts, shape: [rowsOfText.length, wide] },
  }
}

function meanOf({ data, shape: [, width] }: EmbeddingsLike, rows: readonly number[]): Float64Array {
  const mean = new Float64Array(width)
  for (const row of rows) {
    for (let d = 0; d < width; d++) mean[d]! += data[row * width + d]! / rows.length
  }
  return mean
}
