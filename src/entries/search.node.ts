/** `dreamlip/search` in Node: that of every platform, and what needs files. */
export * from './search'

export { VectorIndex, type VectorIndexOptions } from '../search/vectors/vector-index.node.ts'
export { openLanceStore, type LanceStoreOptions } from '../search/lance/lance-store.node.ts'
