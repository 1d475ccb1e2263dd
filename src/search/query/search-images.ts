/** Searches pictures by a description, a sum of terms or another picture. */
import { checkCall, checkFlag, checkWhole } from '../../check-arguments'
import { checkLong, type LongTexts } from '../../inference/options'
import { checkKeys, type KeysOf } from '../../known-keys'
import { findCandidates } from './ranking/candidates'
import { countAllowed, sampleOf } from './ranking/collection-sample'
import { standsOut } from './cut-off'
import { embedQuery, type EmbeddedQuery, type SearchQuery } from './embed-query'
import { filterKeys, whereOf, type ImageFilters } from './filters'
import { describeHits, type SearchHit } from './hits'
import { checkCollection, type ImageCollection } from './image-collection'
import { canLookAgain, lookAgain } from './ranking/look-again'
import { rankExactly } from './ranking/rank-exactly'
import { measureQuery, type Yardstick } from './ranking/yardstick'

export interface SearchOptions extends ImageFilters {
  /** How many pictures to find; default 10. */
  readonly topK?: number
  /** How to handle a sentence longer than the model's context; default `sentences`, which cuts nothing. */
  readonly long?: LongTexts
  /**
   * Whether the best 64 pictures are read and ranked again by the scores of `DreamLIP.match`. Default: true for descriptions with
   * models in which a text attends to image patches (FLAIR). Other models ignore it. Unreadable pictures come last.
   */
  readonly rerank?: boolean
  readonly signal?: AbortSignal
}

export interface SearchResult {
  /** Best first. */
  readonly hits: readonly SearchHit[]
  /** Whether the best hit is better than chance explains in a collection of this size. If not, probably no picture fits. */
  readonly fits: boolean
  /** The texts of the query and their weights. Sentence weights add up to 1; a sum keeps the weights of the query. */
  readonly sentences: readonly { readonly text: string; readonly weight: number }[]
}

const optionKeys: KeysOf<SearchOptions> = { topK: 0, long: 0, rerank: 0, signal: 0, ...filterKeys }

/** The number of pictures that are ranked again. */
const shortlist = 64

/**
 * Searches a collection. A description is split into sentences, and pictures are ranked by how well they cover all of them: each
 * sentence's score is relative to its average over the collection (docs/search.md).
 * @throws DreamLIPError `QUERY_INVALID` for a query that cannot be parsed; `INVALID_ARGUMENT`; errors of the model and the store
 *
 * @example
 * const { hits, fits } = await searchImages({ store, model }, 'A dog sleeps on a red sofa. A window is behind it.')
 */
export async function searchImages(
  collection: ImageCollection,
  query: SearchQuery,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const { topK = 10, rerank = true, signal, ...rest } = checkKeys('options', checkCall(options), optionKeys)
  const { long: mode = 'sentences', ...filters } = rest
  const long = checkLong(mode)
  checkWhole('topK', topK, 1)
  checkFlag('rerank', rerank)
  const where = whereOf(filters)
  const { store, model } = checkCollection(collection)
  const embedded = await embedQuery(model, query, { long, signal })
  const yardstick = measureQuery(embedded, await sampleOf(store, signal))
  const sentences = weigh(embedded, yardstick)
  if (store.size === 0) return { hits: [], fits: false, sentences }

  const isDescription = embedded.kind === 'sentences' && !embedded.picture
  const again = rerank && isDescription && (await canLookAgain(model))
  const wanted = again ? Math.max(topK, shortlist) : topK
  const ids = await findCandidates(store, yardstick, { wanted, where, signal })
  if (ids.length === 0) return { hits: [], fits: false, sentences }
  const ranked = await rankExactly(store, embedded.terms, yardstick, ids, signal)
  const best = again ? await lookAgain(collection, ranked.slice(0, wanted), { long, signal }) : ranked
  const hits = await describeHits(collection, embedded.terms, best.slice(0, topK), signal)
  const most = ranked.reduce((largest, { deviations }) => Math.max(largest, deviations), -Infinity)
  return { hits, fits: hits.length > 0 && standsOut(most, await countAllowed(store, where, signal)), sentences }
}

function weigh({ kind, terms }: EmbeddedQuery, { termNorms }: Yardstick): SearchResult['sentences'] {
  return terms.map(({ text, weight }, i) => ({ text, weight: kind === 'sum' ? weight : termNorms.weights[i]! }))
}
