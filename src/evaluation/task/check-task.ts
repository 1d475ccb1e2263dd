/** Checks the arguments of every task: a model, a data set of the task, and options. */
import { checkCall, checkList, checkObject, checkPath, checkWhole, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { DataSet } from '../datasets/data-set'
import type { TaskOptions } from './options'

const optionKeys: KeysOf<TaskOptions> = { protocol: 0, cache: 0, batchSize: 0, signal: 0, onProgress: 0 }

/**
 * @throws DreamLIPError `INVALID_ARGUMENT` for anything but a model, a data set of the task and known options; `DATA_EMPTY` for a data
 *   set without samples; the signal's reason when aborted
 */
export function checkTask(model: DreamLIP, set: DataSet, task: DataSet['task'], options: TaskOptions): void {
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkKeys('', checkCall(checkObject('options', options)), optionKeys)
  const { protocol, cache, batchSize } = options
  if (protocol !== undefined) checkObject('protocol', protocol)
  if (cache !== undefined) checkPath('cache', cache)
  if (batchSize !== undefined) checkWhole('batchSize', batchSize, 1)
  const { task: given, name, samples, problems } = checkObject('set', set, `a data set for ${task}`)
  if (given !== task) throw wrongArgument('set.task', task, given)
  checkList('set.problems', problems)
  if (checkList<unknown>('set.samples', samples).length > 0) return
  throw new DreamLIPError('DATA_EMPTY', `set: ${name} has no sample. dreamlip eval check says what is missing.`)
}
