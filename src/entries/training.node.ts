/** `dreamlip/training` in Node: that of every platform, and what needs files. */
export * from './training'

export {
  convertTrainingCheckpoint,
  type ConvertedTraining,
  type ConvertTrainingOptions,
} from '../training/checkpoint/convert-training-checkpoint.node.ts'
export { createFolderLogger } from '../training/log/folder-logger.node.ts'
