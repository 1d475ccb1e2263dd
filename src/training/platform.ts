/** Optional features of the platform: Node has folders and may have a terminal, browsers have neither. */
import type { RunFolder } from './folder/run-folder'
import type { Logger } from './log/logger'

export interface Platform {
  /** Folders for checkpoints and logs. */
  readonly folders?: {
    open(path: string): RunFolder
    createLogger(path: string): Logger
  }
  /** The stream that a progress bar can be drawn on. */
  readonly terminal?: { readonly columns: number; write(text: string): unknown }
}
