/** The public API in Node: that of every platform, and what needs files. */
export * from './index'

export { downloadCheckpoint } from './checkpoint/released/download.node.ts'
export type { DownloadedCheckpoint, DownloadOptions } from './checkpoint/released/download-options'
export { saveSafetensors } from './checkpoint/safetensors/save-safetensors.node.ts'
export { savePyTorch } from './checkpoint/torch/save-pytorch.node.ts'
export {
  convertCheckpoint,
  type ConvertCheckpointOptions,
  type ConvertedCheckpoint,
} from './inference/model-files/convert-checkpoint.node.ts'
export { createFolderLogger } from './training/log/folder-logger.node.ts'
