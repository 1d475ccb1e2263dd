/** Measures a model on a data set of any task. */
import type { DreamLIP } from '../../dreamlip'
import type { DataSet } from '../datasets/data-set'
import { segmentSet } from '../segmentation/segment-set'
import type { TaskResult } from './report'
import type { TaskOptions } from './tasks'

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown choice of the protocol; errors of the model */
export function runTask(model: DreamLIP, set: DataSet, options: TaskOptions): Promise<TaskResult> {
  switch (set.task) {
    case 'segmentation':
      return segmentSet(model, set, options)
  }
}
