/** `dreamlip/training` in Node: that of every platform, and what needs files. */
export * from './training'

export { createFolderLogger } from '../training/log/folder-logger.node.ts'
