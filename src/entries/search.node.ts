/** `dreamlip/search` in Node: that of every platform, and what needs files. */
export * from './search'

export { renderSearchPage, type SearchPageOptions, type ShownResult } from '../search/report/search-page.node.ts'
export type { DrawnHit } from '../search/report/draw-hits.node.ts'
export { makeThumbnail, type Thumbnail, type ThumbnailOptions } from '../search/report/thumbnail.node.ts'
export { VectorIndex, type VectorIndexOptions } from '../search/vectors/vector-index.node.ts'
