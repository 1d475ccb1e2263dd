/** `dreamlip/model` in Node: that of every platform, and what needs files. */
export * from './model'

export {
  convertCheckpoint,
  type ConvertCheckpointOptions,
  type ConvertedCheckpoint,
} from '../inference/model-files/convert-checkpoint.node.ts'
export {
  saveEmbeddings,
  type EmbeddingsByKind,
  type SaveEmbeddingsOptions,
} from '../inference/embedding-files/save-embeddings.node.ts'
