/** `dreamlip/checkpoint` in Node: the exports for every platform, and those that need files. */
export * from './checkpoint'

export { downloadCheckpoint } from '../checkpoint/released/download.node.ts'
export type { DownloadedCheckpoint, DownloadOptions } from '../checkpoint/released/download-options'
export { saveSafetensors } from '../checkpoint/safetensors/save-safetensors.node.ts'
export { savePyTorch } from '../checkpoint/torch/save-pytorch.node.ts'
