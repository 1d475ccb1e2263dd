/** The public API in Node: that of every platform, and the functions that need files. */
export * from './index'
// Node's own class replaces the one for every platform.
export { LongCaptionDataset } from './entries/data.node.ts'
export * from './entries/checkpoint.node.ts'
export * from './entries/data.node.ts'
export * from './entries/evaluation.node.ts'
export * from './entries/images.node.ts'
export * from './entries/model.node.ts'
export * from './entries/search.node.ts'
export * from './entries/training.node.ts'
