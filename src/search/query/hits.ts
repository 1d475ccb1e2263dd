/** What a search tells about the pictures that it found. */
import type { EmbeddedTerm } from './embed-query'
import type { ImageCollection } from './image-collection'
import type { RankedImage, SentenceScore } from './ranking/rank-exactly'

/** What a collection knows of a picture besides its vector, if it knows it. */
export interface ImageFacts {
  /** The size of the file in bytes. */
  readonly size?: number
  /** When the file was last changed, in milliseconds since 1970. */
  readonly modified?: number
  /** When the photograph was taken: its local time, written as UTC, in milliseconds since 1970. */
  readonly taken?: number
  readonly width?: number
  readonly height?: number
  /** SHA-256 of the file. */
  readonly hash?: string
  /** Of pictures from embeddings in LanceDB. */
  readonly caption?: string
}

export interface SearchHit extends ImageFacts {
  /** The id in the store: the path or URL. */
  readonly path: string
  /** How well the picture covers the query as a whole, in standard deviations above the collection's average. */
  readonly score: number
  /** Each sentence of the description, or each term of the sum, in the order of the query. Empty if the query is only a picture. */
  readonly sentences: readonly SentenceScore[]
  /** The sentences that are not answered; of a sum, without the terms that are subtracted. */
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

/** The facts of the rows. Those that a row does not have ('' or NaN) are left out. */
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
