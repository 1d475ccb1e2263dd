/** The public API in Node: that of every platform, and what needs files. */
export * from './index'
// Node's own class instead of the one for every platform.
export { LongCaptionDataset } from './entries/data.node.ts'
export * from './entries/checkpoint.node.ts'
export * from './entries/data.node.ts'
export * from './entries/evaluation.node.ts'
export * from './entries/images.node.ts'
export * from './entries/model.node.ts'
export * from './entries/search.node.ts'
export * from './entries/training.node.ts'
