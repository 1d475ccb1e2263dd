/** The options that all tasks share. */
import type { Progress } from '../../progress'
import type { Json } from './result'

/** Options of every task. */
export interface TaskOptions {
  /** Choices of the task; unknown ones are refused. Default: those of the papers. */
  readonly protocol?: Readonly<Record<string, Json>>
  /** A folder in which embeddings and other parts are kept, so that an interrupted run continues where it stopped. */
  readonly cache?: string
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}
