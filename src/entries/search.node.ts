/** `dreamlip/search` in Node: that of every platform, and what needs files. */
export * from './search'

export { ImageIndex, type ImageIndexOptions, type ImageRow } from '../search/images/image-index.node.ts'
export type { IndexModel } from '../search/images/kept/index-description.node.ts'
export type { ImageProblem, ProblemReason } from '../search/images/kept/notes.node.ts'
export type { IndexStats } from '../search/images/stats.node.ts'
export type { AddImagesOptions, IndexCounts, MissingInput } from '../search/images/update/add-images.node.ts'
export type { UpdateOptions } from '../search/images/update/update-index.node.ts'
export type { WatchImagesOptions } from '../search/images/watch/keep-up-to-date.node.ts'
export { VectorIndex, type VectorIndexOptions } from '../search/vectors/vector-index.node.ts'
