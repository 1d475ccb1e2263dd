/** `dreamlip/model` in Node: the exports for every platform, and those that need files. */
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
export type { Destination } from '../bulk/destination/destination'
export { s3Destination, type S3Settings } from '../bulk/destination/s3-destination.node.ts'
export {
  embedShards,
  type EmbeddedShards,
  type EmbedShardsOptions,
  type FailedShard,
  type FinishedShard,
} from '../bulk/embed-shards.node.ts'
export { addWork, type AddedWork, type AddWorkOptions } from '../bulk/queue/add-work.node.ts'
export type { WorkQueueOptions, WorkResult } from '../bulk/queue/connection.node.ts'
export { retryWork } from '../bulk/queue/retry-work.node.ts'
export { runWork, type DoneWork, type RunWorkOptions } from '../bulk/queue/run-work.node.ts'
export { workMetrics, workStatus, type SetAside, type WorkStatus } from '../bulk/queue/work-status.node.ts'
export type { LeftOut, ShardReport } from '../bulk/output/shard-report'
export type { BulkDtype } from '../bulk/output/shard-rows'
export type { Partition } from '../bulk/work-list.node.ts'
export { describeMachine, type Machine } from '../machine/machine.node.ts'
export type { ProxySettings } from '../machine/environment.node.ts'
export type { FoundPackage } from '../machine/packages.node.ts'
export type { Processor } from '../machine/processor.node.ts'
export type { TriedDevice } from '../runtime/device'
