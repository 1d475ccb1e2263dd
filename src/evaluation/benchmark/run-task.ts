/** Measures a model on a data set of any task. */
import { wrongArgument } from '../../check-arguments'
import type { DreamLIP } from '../../dreamlip'
import { chooseSet } from '../choice/choose-set'
import { classifySet } from '../classification/classify-set'
import type { DataSet } from '../datasets/data-set'
import { pointSet } from '../pointing/point-set'
import { retrieveSet } from '../retrieval/retrieve-set'
import { segmentSet } from '../segmentation/segment-set'
import type { TaskResult } from '../task/result'
import type { TaskOptions } from '../task/options'

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown choice of the protocol; errors of the model */
export function runTask(model: DreamLIP, set: DataSet, options: TaskOptions): Promise<TaskResult> {
  switch (set.task) {
    case 'choice':
      return chooseSet(model, set, options)
    case 'classification':
      return classifySet(model, set, options)
    case 'retrieval':
      return retrieveSet(model, set, options)
    case 'segmentation':
      return segmentSet(model, set, options)
    case 'pointing':
      return pointSet(model, set, options)
    default:
      throw wrongArgument('set.task', 'the task of a data set', (set as { readonly task: unknown }).task)
  }
}
