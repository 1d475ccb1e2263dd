/** Which function measures a model on which kind of data set. */
import type { DreamLIP } from '../../dreamlip'
import type { Progress } from '../../progress'
import type { DataSet } from '../datasets/data-set'
import type { Json, TaskResult } from './report'

/** Options of every task. */
export interface TaskOptions {
  /** Choices of the task; unknown ones are refused. Default: those of the papers. */
  readonly protocol?: Readonly<Record<string, Json>>
  /** A folder in which embeddings and other parts are kept, so that a run that is stopped continues where it was. */
  readonly cache?: string
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export type TaskName = DataSet['task']

/** Measures a model on a set of one task. */
export type RunTask<Task extends TaskName> = (
  model: DreamLIP,
  set: Extract<DataSet, { readonly task: Task }>,
  options: TaskOptions,
) => Promise<TaskResult>
