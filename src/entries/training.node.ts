/** `dreamlip/training` in Node: the exports for every platform, and those that need files. */
export * from './training'

export {
  convertTrainingCheckpoint,
  type ConvertedTraining,
  type ConvertTrainingOptions,
} from '../training/checkpoint/convert-training-checkpoint.node.ts'
export { createFolderLogger } from '../training/log/folder-logger.node.ts'
