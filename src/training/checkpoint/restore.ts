/** Restores a run's tensors from its checkpoint. */
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import { readTorchFile } from '../../checkpoint/torch/torch-checkpoint'
import { torchTensor } from '../../checkpoint/torch/torch-tensor'
import { DreamLIPError } from '../../errors'
import type { Parameters } from '../../runtime/runtime'
import { average, firstMoment, secondMoment, type RunTensors } from '../optimizer/optimizer-state'
import { parameterGroups } from '../optimizer/weight-decay'
import { readSoundValues, shapedTensor } from './checked-tensors'
import { checkSameRun, type RunIdentity } from './run-identity'
import { parseRunRecord, type RunProgress } from './run-record'

/** A value of the file, and the tensor that it is for. */
interface Restored {
  readonly found: unknown
  readonly set: Parameters
  readonly name: string
}

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
    const checked = restored.map(({ found, set, name }) => {
      const tensor = shapedTensor(bytes.name, found, name, set.shape(name))
      return { set, name, tensor: torchTensor(bytes.name, name, tensor, file.storages) }
    })
    // Values are read twice, once to check them and once to use them. Keeping them would need three times the memory of the weights.
    for (const { tensor, name } of checked) await readSoundValues(bytes.name, tensor, name)
    for (const { tensor, set, name } of checked) {
      set.set(name, { data: await readSoundValues(bytes.name, tensor, name), shape: set.shape(name) })
    }
    return progress
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code === 'DATA_CHANGED') throw error
    throw new DreamLIPError('CHECKPOINT_INVALID', error.message, { cause: error })
  } finally {
    await bytes.close()
  }
}

type Entries = ReadonlyMap<unknown, unknown>

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

function entriesOf(value: unknown): Entries {
  return value instanceof Map ? value : new Map()
}
