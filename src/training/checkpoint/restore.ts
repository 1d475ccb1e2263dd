/** Restores a run's tensors from its checkpoint. */
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import { readTorchFile } from '../../checkpoint/torch/torch-checkpoint'
import { DreamLIPError } from '../../errors'
import { average, firstMoment, secondMoment, type RunTensors } from '../optimizer/optimizer-state'
import { parameterGroups } from '../optimizer/weight-decay'
import { entriesOf, type Entries } from './entries'
import { restoreTensors, type Restored } from './restore-tensors'
import { checkSameRun, type RunIdentity } from './run-identity'
import { parseRunRecord, type RunProgress } from './run-record'

const remedy = 'resume with the model that the run started with, or start a new run in another folder'

/**
 * Reads weights, moments and averages into the run's tensors. If anything in the file is wrong, no tensor is changed.
 * @param step the step in the file's name
 * @returns the progress of the run
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file that is damaged, that no run wrote, or that belongs to another model;
 *   `DATA_CHANGED` if data, batch size or trained parameters differ from those that the run started with
 */
export async function restoreRun(
  source: ByteSourceInput,
  tensors: RunTensors,
  identity: RunIdentity,
  withAverages: boolean,
  step?: number,
): Promise<RunProgress> {
  const bytes = await openByteSource(source)
  try {
    const file = await readTorchFile(bytes)
    const root = entriesOf(file.value)
    const { progress, identity: saved } = parseRunRecord(bytes.name, root.get('run'), step)
    checkSameRun(bytes.name, saved, identity)
    const withMoments = progress.updates > 0
    const restored = [
      ...weightsOf(root, tensors),
      // Checkpoints of earlier versions have the order of the file that the model was loaded from.
      ...optimizerStateOf(root, tensors, saved, { withMoments, withAverages }),
    ]
    await restoreTensors(bytes.name, file.storages, restored, remedy)
    return progress
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code === 'DATA_CHANGED') throw error
    throw new DreamLIPError('CHECKPOINT_INVALID', error.message, { cause: error })
  } finally {
    await bytes.close()
  }
}

function weightsOf(root: Entries, { weights }: RunTensors): Restored[] {
  const saved = entriesOf(root.get('state_dict'))
  return weights.names.map((name) => ({ found: saved.get(name), set: weights, name }))
}

function optimizerStateOf(
  root: Entries,
  { weights, state }: RunTensors,
  { trained }: RunIdentity,
  { withMoments, withAverages }: { withMoments: boolean; withAverages: boolean },
): Restored[] {
  const moments = entriesOf(entriesOf(root.get('optimizer')).get('state'))
  const averages = entriesOf(root.get('ema'))
  return parameterGroups(trained, weights)
    .flat()
    .flatMap((name, i): Restored[] => {
      const entry = entriesOf(moments.get(i))
      const pair = [
        { found: entry.get('exp_avg'), set: state, name: firstMoment(name) },
        { found: entry.get('exp_avg_sq'), set: state, name: secondMoment(name) },
      ]
      const averaged = { found: averages.get(name), set: state, name: average(name) }
      return [...(withMoments ? pair : []), ...(withAverages ? [averaged] : [])]
    })
}
