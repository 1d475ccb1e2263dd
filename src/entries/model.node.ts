/** `dreamlip/model` in Node: that of every platform, and what needs files. */
export * from './model'

export {
  convertCheckpoint,
  type ConvertCheckpointOptions,
  type ConvertedCheckpoint,
} from '../inference/model-files/convert-checkpoint.node.ts'
export type { FolderForm } from '../inference/model-folders/model-folder'
export {
  saveEmbeddings,
  type EmbeddingsByKind,
  type SaveEmbeddingsOptions,
} from '../inference/embedding-files/save-embeddings.node.ts'
export { describeMachine, type Machine } from '../machine/machine.node.ts'
export type { ProxySettings } from '../machine/environment.node.ts'
export type { FoundPackage } from '../machine/packages.node.ts'
export type { Processor } from '../machine/processor.node.ts'
export type { TriedDevice } from '../runtime/device'
