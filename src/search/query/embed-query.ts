/** Embeds a query: the vectors that rank pictures, and the vectors of its texts, which the result reports. */
import { checkList, wrongArgument } from '../../check-arguments'
import { checkKeys } from '../../known-keys'
import type { DreamLIP } from '../../dreamlip'
import { checkImage } from '../../inference/images/image-list'
import type { LongTexts } from '../../inference/options'
import { rows, type Embeddings } from '../../inference/embeddings/embeddings'
import { isRawImage, type ImageInput } from '../../images/raw-image'
import { DreamLIPError } from '../../errors'
import { checkSentences, parseQuery, type ParsedQuery, type QueryTerm } from './parse-query'

/** A query by picture, alone or with a text: finds similar pictures that also show what the text says. */
export interface PictureQuery {
  readonly image: ImageInput
  readonly text?: string | readonly string[]
}

/** A description, or a sum of quoted terms (see `parseQuery`); separate sentences, which are not split further; or a picture. */
export type SearchQuery = string | readonly string[] | PictureQuery | Blob

/** A query text that the result reports. */
export interface EmbeddedTerm extends QueryTerm {
  readonly vector: Float32Array
}

export interface EmbeddedQuery {
  readonly kind: ParsedQuery['kind'] | 'picture'
  /** Vectors of unit length that a picture should be similar to: the sentences, or the sum of all terms. */
  readonly texts: readonly Float32Array[]
  readonly picture?: Float32Array
  /** Each text of the query. */
  readonly terms: readonly EmbeddedTerm[]
}

/** @throws DreamLIPError `INVALID_ARGUMENT`, `QUERY_INVALID`; errors of embedding */
export async function embedQuery(
  model: DreamLIP,
  query: SearchQuery,
  options: { readonly long: LongTexts; readonly signal?: AbortSignal },
): Promise<EmbeddedQuery> {
  const { image, text } = partsOf(query)
  const parsed = text === undefined ? undefined : parsedText(text)
  const terms = parsed === undefined ? [] : await embedTerms(model, termsOf(parsed), options)
  const picture = image === undefined ? undefined : (await model.encodeImage([image], { signal: options.signal })).data
  const texts = parsed?.kind === 'sum' ? [sumOf(terms)] : terms.map(({ vector }) => vector)
  return { kind: parsed?.kind ?? 'picture', texts, picture, terms }
}

function partsOf(query: SearchQuery): Partial<PictureQuery> {
  if (typeof query === 'string' || Array.isArray(query)) return { text: query as string | readonly string[] }
  if (isPicture(query)) return { image: query }
  const expected = 'a text, an array of sentences, or a picture { image, text? }'
  if (typeof query !== 'object' || query === null) throw wrongArgument('query', expected, query)
  const { image, text } = checkKeys('query', query as PictureQuery, { image: 0, text: 0 })
  checkImage('query.image', image)
  return { image, text }
}

function isPicture(query: unknown): query is Blob {
  return (typeof Blob !== 'undefined' && query instanceof Blob) || isRawImage(query)
}

function parsedText(text: string | readonly string[]): ParsedQuery {
  if (typeof text === 'string') return parseQuery(text)
  for (const [i, sentence] of checkList('query', text).entries()) {
    if (typeof sentence !== 'string') throw wrongArgument(`query[${i}]`, 'a sentence', sentence, '', { index: i })
  }
  return { kind: 'sentences', sentences: checkSentences(text) }
}

function termsOf(parsed: ParsedQuery): readonly QueryTerm[] {
  return parsed.kind === 'sum' ? parsed.terms : parsed.sentences.map((text) => ({ text, weight: 1 }))
}

/** All texts in one call, so that they share batches. */
async function embedTerms(
  model: DreamLIP,
  terms: readonly QueryTerm[],
  options: { readonly long: LongTexts; readonly signal?: AbortSignal },
): Promise<EmbeddedTerm[]> {
  const embeddings: Embeddings = await model.encodeText(
    terms.map(({ text }) => text),
    options,
  ) // [terms, embedDim]
  const vectors = rows(embeddings)
  return terms.map((term, i) => ({ ...term, vector: vectors[i]! }))
}

/** The weighted sum of the terms, of unit length. @throws DreamLIPError `QUERY_INVALID` if the terms cancel each other out */
function sumOf(terms: readonly EmbeddedTerm[]): Float32Array {
  const sum = new Float32Array(terms[0]!.vector.length)
  for (const { vector, weight } of terms) vector.forEach((value, i) => (sum[i]! += weight * value))
  const length = Math.hypot(...sum)
  if (length > 1e-4) return sum.map((value) => value / length)
  throw new DreamLIPError(
    'QUERY_INVALID',
    'query: expected terms whose sum is something to look for; they cancel each other out. Give them different factors, as in 2:"a dog" - "a cat".',
  )
}
