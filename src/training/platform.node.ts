/** In Node a run can keep checkpoints and logs in a folder, and draw a progress bar on standard error. */
import { openRunFolder } from './folder/run-folder.node.ts'
import { createFolderLogger } from './log/folder-logger.node.ts'
import type { Platform } from './platform'

export const platform: Platform = {
  folders: { open: openRunFolder, createLogger: createFolderLogger },
  terminal: process.stderr.isTTY ? process.stderr : undefined,
}
