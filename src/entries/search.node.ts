/** `dreamlip/search` in Node: that of every platform, and what needs files. */
export * from './search'

export { renderSearchPage, type SearchPageOptions, type ShownResult } from '../search/report/search-page.node.ts'
export type { DrawnHit } from '../search/report/draw-hits.node.ts'
export { makeThumbnail, type Thumbnail, type ThumbnailOptions } from '../search/report/thumbnail.node.ts'
export { ImageIndex, type ImageIndexOptions, type ImageRow } from '../search/images/image-index.node.ts'
export type { IndexModel } from '../search/images/kept/index-description.node.ts'
export type { ImageProblem, ProblemReason } from '../search/images/kept/notes.node.ts'
export type { IndexStats } from '../search/images/stats.node.ts'
export type { AddImagesOptions, IndexCounts, MissingInput } from '../search/images/update/add-images.node.ts'
export type { UpdateOptions } from '../search/images/update/update-index.node.ts'
export type { WatchImagesOptions } from '../search/images/watch/keep-up-to-date.node.ts'
export { VectorIndex, type VectorIndexOptions } from '../search/vectors/vector-index.node.ts'
