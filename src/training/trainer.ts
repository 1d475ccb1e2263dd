/** Trains a model: takes the steps of a run, and writes its logs and checkpoints. */
import { checkObject, checkWhole, show } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { stateOf } from '../inference/model-state'
import { plural } from '../plural'
import { checkFit, type FitOptions, type FitResult } from './fit-options'
import { eraseProgressBar } from './log/progress-bar'
import { followCourse } from './run/course'
import { diskUseOf, type DiskUse } from './run/disk-use'
import { warn } from './run/reports'
import { endRun, startRun } from './run/run'
import { planTrainer, type TrainerOptions, type TrainerPlan } from './trainer-options'

export type { FitOptions, FitResult } from './fit-options'
export type { DiskUse } from './run/disk-use'
export type { TrainerOptions } from './trainer-options'

/**
 * Fine-tunes a model, or trains it from scratch, in place.
 *
 * @example
 * const trainer = new Trainer({ model, data, schedule: { learningRate: 1e-5 }, folder: 'runs/photos' })
 * await trainer.fit({ epochs: 5, onStep: ({ step, loss }) => console.log(step, loss) })
 * await model.save('photos.safetensors')
 */
export class Trainer {
  private readonly plan: TrainerPlan

  /** @throws DreamLIPError `INVALID_ARGUMENT` naming the invalid option */
  constructor(options: TrainerOptions) {
    this.plan = planTrainer(options)
  }

  /**
   * Takes the steps of a run. After each step, the model has the new weights. If `fit` throws, it has those of the last good step.
   * @throws DreamLIPError `INVALID_ARGUMENT`; `TRAINING_DIVERGED` after several consecutive steps without a usable gradient;
   *   `DATA_EMPTY` if an epoch yields no batch; `DATA_CHANGED` or `CHECKPOINT_INVALID` if the run cannot resume; `IN_USE` if
   *   another trainer uses the folder; `WRITE_FAILED` if the last checkpoint cannot be written; the signal's reason when aborted
   */
  async fit(options: FitOptions): Promise<FitResult> {
    checkFit(options)
    const steps = this.countSteps(options)
    const release = await this.lockFolder(options)
    try {
      return await this.train(steps, options)
    } finally {
      await release?.()
    }
  }

  /**
   * Estimates the disk space of a run before it starts. Node only, like folders.
   * @param options the length of the run, as for `fit`
   * @returns undefined if the trainer has no `folder`
   * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid length
   */
  async diskUse(options: Pick<FitOptions, 'steps' | 'epochs'>): Promise<DiskUse | undefined> {
    const steps = this.countSteps(checkObject('options', options))
    return diskUseOf(this.plan, stateOf(this.plan.model), steps)
  }

  /** If the folder cannot be written to, the run starts with a warning. Only its last checkpoint must succeed. */
  private async lockFolder(options: FitOptions): Promise<(() => Promise<void>) | undefined> {
    try {
      return await this.plan.folder?.lock()
    } catch (error) {
      if (error instanceof DreamLIPError && error.code === 'IN_USE') throw error
      warn(options, 'the folder was not locked', error)
      return undefined
    }
  }

  private async train(steps: number, options: FitOptions): Promise<FitResult> {
    await import('../runtime/gradients')
    const model = stateOf(this.plan.model)
    model.encoder.checkAlive()
    const run = await startRun(this.plan, model)
    try {
      return await followCourse(run, steps, options)
    } catch (error) {
      model.encoder.checkAlive() // `DISPOSED` explains the failure
      throw error
    } finally {
      endRun(run)
      if (this.plan.progress) eraseProgressBar()
    }
  }

  private countSteps({ steps, epochs }: FitOptions): number {
    if (steps !== undefined) return checkWhole('steps', steps, 1)
    if (epochs !== undefined) checkWhole('epochs', epochs, 1)
    const { size, batchSize } = this.plan.data
    const total = epochs === undefined ? NaN : epochs * Math.floor(size / batchSize)
    if (Number.isSafeInteger(total) && total >= 1) return total
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `fit: expected steps or epochs, a whole number of at least 1; got steps ${show(steps)}, epochs ${show(epochs)} ` +
        `with ${plural(size, 'sample')} in batches of ${batchSize}.`,
    )
  }
}
