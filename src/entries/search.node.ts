/** `dreamlip/search` in Node: the exports for every platform, and those that need files. */
export * from './search'

export { renderSearchPage, type SearchPageOptions, type ShownResult } from '../search/report/search-page.node.ts'
export type { DrawnHit } from '../search/report/draw-hits.node.ts'
export { makeThumbnail, type Thumbnail, type ThumbnailOptions } from '../search/report/thumbnail.node.ts'
export type { AddedEmbeddings, AddEmbeddingsOptions } from '../search/images/add-embeddings.node.ts'
export { ImageIndex, type ImageIndexOptions, type ImageRow } from '../search/images/image-index.node.ts'
export type { IndexModel } from '../search/images/kept/index-description.node.ts'
export type { ImageProblem, ProblemReason } from '../search/images/kept/notes.node.ts'
export type { IndexStats } from '../search/images/stats.node.ts'
export type { AddImagesOptions, IndexCounts, MissingInput } from '../search/images/update/add-images.node.ts'
export type { UpdateOptions } from '../search/images/update/update-index.node.ts'
export type { WatchImagesOptions } from '../search/images/watch/keep-up-to-date.node.ts'
export { findServer, type RunningServer } from '../search/server/running/find-server.node.ts'
export { serveIndex, type IndexServer, type ServeOptions } from '../search/server/serve-index.node.ts'
export type { ServedIndex } from '../search/server/pictures/served-index.node.ts'
export { VectorIndex, type VectorIndexOptions } from '../search/vectors/vector-index.node.ts'
export {
  addEmbeddingsToLance,
  type AddEmbeddingsToLanceOptions,
  type LanceTableContents,
} from '../search/lance/add-embeddings-to-lance.node.ts'
export type { AddedShards, AddShardsOptions } from '../search/lance/add-shards.node.ts'
export type { AnnIndex, AnnOptions, AnnType } from '../search/lance/ann-index'
export type { LanceDtype } from '../search/lance/lance-schema'
export { openLanceStore, type LanceStore, type LanceStoreOptions } from '../search/lance/lance-store.node.ts'
