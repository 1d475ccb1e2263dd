/** Saves a run's checkpoints. */
import type { DataPosition } from '../../data/loader/training-batch'
import { checkpointContents } from '../checkpoint/contents'
import type { RunProgress } from '../checkpoint/run-record'
import type { FitOptions } from '../fit-options'
import type { Schedule } from '../optimizer/schedule'
import { warn } from './reports'
import type { RunStart } from './resume'
import type { TrainingData } from '../training-data'
import type { Run } from './run'

export interface Saver {
  /** Saves a checkpoint, unless the run has no folder or this progress is already saved. @returns the path of the newest checkpoint, if there is one */
  save(progress: RunProgress): Promise<string | undefined>
  /** Saves a checkpoint; if that fails, the run continues with a warning. */
  saveOrWarn(progress: RunProgress): Promise<void>
}

export function createSaver(run: Run, schedule: Schedule, start: RunStart, options: FitOptions): Saver {
  const { plan, model, tensors, identity } = run
  const { adamW, name, folder, keep, emaDecay } = plan
  let newest = start.checkpoint
  let saved = start.progress
  const save = async (progress: RunProgress) => {
    const isSaved = saved.step === progress.step && saved.evaluatedStep === progress.evaluatedStep
    if (!folder || isSaved) return newest
    model.encoder.checkAlive()
    const learningRate = schedule(Math.max(0, progress.step - 1))
    const finishedEpochs = countFinished(progress.position, plan.data)
    const settings = { adamW, learningRate, name, finishedEpochs, withAverages: emaDecay !== null }
    newest = await folder.save(progress.step, checkpointContents(tensors, { progress, identity }, settings), keep)
    saved = progress
    return newest
  }
  return {
    save,
    async saveOrWarn(progress) {
      await save(progress).catch((error: unknown) => warn(options, 'the checkpoint was not written', error))
    },
  }
}

/** An epoch is finished if the rest of its samples do not fill a batch. */
function countFinished({ epoch, sample }: DataPosition, { size, batchSize }: TrainingData): number {
  return size - sample < batchSize ? epoch + 1 : epoch
}
