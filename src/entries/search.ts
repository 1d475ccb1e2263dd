/** `dreamlip/search`: image collections that can be searched by description and by picture. */
export type {
  Abortable,
  AddedVectors,
  Fields,
  VectorHits,
  VectorReader,
  VectorRows,
  VectorSample,
  VectorStore,
  Where,
} from '../search/vector-store'
export { findDuplicates, type DuplicateGroup, type DuplicateOptions } from '../search/query/duplicates/find-duplicates'
export { findSimilar, type SimilarImage, type SimilarOptions } from '../search/query/find-similar'
export { parseQuery, type ParsedQuery, type QueryTerm } from '../search/query/parse-query'
export { searchImages, type SearchOptions, type SearchResult } from '../search/query/search-images'
export type { FilterRange, ImageFilters } from '../search/query/filters'
export type { ImageCollection } from '../search/query/image-collection'
export type { ImageFacts, SearchHit } from '../search/query/hits'
export type { PictureQuery, SearchQuery } from '../search/query/embed-query'
export type { SentenceScore } from '../search/query/ranking/rank-exactly'
export { fetchVectorIndex, type FetchIndexOptions } from '../search/vectors/fetch-vector-index'
export { DreamLIPError, type ErrorCode } from '../errors'
