/** Describes the hits of a search: their scores, sentences and facts. */
import type { EmbeddedTerm } from './embed-query'
import type { ImageCollection } from './image-collection'
import type { RankedImage, SentenceScore } from './ranking/rank-exactly'

/** A collection's facts about a picture, where known. */
export interface ImageFacts {
  /** The size of the file in bytes. */
  readonly size?: number
  /** When the file was last changed, in milliseconds since 1970. */
  readonly modified?: number
  /** When the photograph was taken, with its local time read as UTC, in milliseconds since 1970. */
  readonly taken?: number
  readonly width?: number
  readonly height?: number
  /** SHA-256 of the file. */
  readonly hash?: string
  /** Only for pictures in LanceDB that were added from embeddings. */
  readonly caption?: string
}

export interface SearchHit extends ImageFacts {
  /** The id in the store: the path or URL. */
  readonly path: string
  /** How well the picture covers the query as a whole, in standard deviations above the collection's average. */
  readonly score: number
  /** The sentences of the description, or the terms of the sum, in query order. Empty if the query is only a picture. */
  readonly sentences: readonly SentenceScore[]
  /** The sentences that are not answered, without the subtracted terms of a sum. */
  readonly missing: readonly string[]
}

export async function describeHits(
  collection: ImageCollection,
  terms: readonly EmbeddedTerm[],
  images: readonly RankedImage[],
  signal?: AbortSignal,
): Promise<SearchHit[]> {
  const facts = await factsOf(
    collection,
    images.map(({ id }) => id),
    signal,
  )
  return images.map(({ id, score, sentences }, i) => ({
    path: id,
    ...facts[i],
    score,
    sentences,
    missing: sentences.filter(({ answered }, t) => !answered && terms[t]!.weight > 0).map(({ text }) => text),
  }))
}

const factNames = [
  'size',
  'modified',
  'taken',
  'width',
  'height',
  'hash',
  'caption',
] as const satisfies readonly (keyof ImageFacts)[]

/** The facts of the rows, without missing values ('' or NaN). */
export async function factsOf(
  { store }: ImageCollection,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<ImageFacts[]> {
  const fields = await store.fields(ids, { signal })
  return ids.map((_, i) => {
    const own = factNames.map((name) => [name, fields[name]?.[i]] as const)
    return Object.fromEntries(own.filter(([, value]) => value !== undefined && value !== '' && !Number.isNaN(value)))
  })
}
