/** Continues a training that another program, or a run with other data, began. */
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import { listNames } from '../../checkpoint/names/list-names'
import { DreamLIPError } from '../../errors'
import { plural } from '../../plural'
import type { Restored } from '../checkpoint/restore-tensors'
import { restoreTensors } from '../checkpoint/restore-tensors'
import { noProgress, type RunProgress } from '../checkpoint/run-record'
import { readTrainingFile, type TrainingFile } from '../checkpoint/training-file'
import type { FitOptions } from '../fit-options'
import type { AdamWOptions } from '../optimizer/adamw-scalars'
import { average, firstMoment, secondMoment } from '../optimizer/optimizer-state'
import { localTemperature, type Run } from './run'

const remedy = 'continue with the model that the file contains: DreamLIP.load(file)'

/**
 * Puts the weights and the optimizer's state of a training checkpoint into the run's tensors. If anything in the file is wrong, no
 * tensor is changed.
 * @returns the progress: the file's epochs are finished
 * @throws DreamLIPError as `readTrainingFile` and `restoreTensors`
 */
export async function continueRun(run: Run, source: ByteSourceInput, options: FitOptions): Promise<RunProgress> {
  const bytes = await openByteSource(source)
  try {
    const file = await readTrainingFile(bytes, run.identity.trained)
    checkNames(bytes.name, file, run)
    await restoreTensors(bytes.name, file.storages, [...weightsOf(file, run), ...momentsOf(file, run)], remedy)
    await restartAverages(run)
    for (const warning of differences(file, run)) options.onWarning?.(`${bytes.name}: ${warning}.`)
    return progressAfter(bytes.name, file, run)
  } finally {
    await bytes.close()
  }
}

/** Only the patches' temperature may be missing on one side: losses add it. */
function checkNames(name: string, { weights }: TrainingFile, { tensors }: Run): void {
  const other = [...weights.keys()].filter((each) => each !== localTemperature && !tensors.weights.names.includes(each))
  if (other.length === 0) return
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${name}: it has parameters that the model lacks: ${listNames(other)}. It belongs to another model: ${remedy}.`,
  )
}

function weightsOf({ weights }: TrainingFile, { tensors }: Run): Restored[] {
  const names = tensors.weights.names.filter((name) => weights.has(name) || name !== localTemperature)
  return names.map((name) => ({ found: weights.get(name), set: tensors.weights, name }))
}

function momentsOf({ moments }: TrainingFile, { identity, tensors: { state: set } }: Run): Restored[] {
  return identity.trained.flatMap((of): Restored[] => {
    const found = moments.get(of)
    if (!found) return []
    return [
      { found: found.first, set, name: firstMoment(of) },
      { found: found.second, set, name: secondMoment(of) },
    ]
  })
}

/** Moving averages start at the weights, as in a new run. */
async function restartAverages({ plan, tensors: { weights, state }, identity }: Run): Promise<void> {
  if (plan.emaDecay === null) return
  for (const name of identity.trained) {
    state.set(average(name), { data: (await weights.readLater(name)).slice(), shape: weights.shape(name) })
  }
}

/** Settings that change, and parameters without state. One sentence each, without a full stop. */
function differences({ adamW, moments, updates }: TrainingFile, { plan, identity }: Run): string[] {
  const told = (['betas', 'epsilon', 'weightDecay'] as const).flatMap((setting) => {
    const [before, now] = [adamW, plan.adamW].map((of: AdamWOptions) => [of[setting]].flat().join(' and '))
    return before === now ? [] : [`it was trained with the ${setting} ${before}, and continues with ${now}`]
  })
  const fresh = updates > 0 ? identity.trained.filter((name) => !moments.has(name)) : []
  if (fresh.length === 0) return told
  return [...told, `the optimizer has no state of ${plural(fresh.length, 'parameter')}: ${listNames(fresh, 3)}`]
}

/** The count of epochs continues; their steps are those of this run's data and batch size. */
function progressAfter(name: string, { epoch, updates }: TrainingFile, { plan: { data } }: Run): RunProgress {
  const step = epoch * Math.floor(data.size / data.batchSize)
  if (Number.isSafeInteger(step)) {
    return { ...noProgress, step, updates, updatesBefore: updates, position: { epoch, sample: 0 } }
  }
  throw new DreamLIPError('CHECKPOINT_INVALID', `${name}: expected a number of epochs; got ${epoch}.`)
}
