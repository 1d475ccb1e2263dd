/** Trains a model: batches in, steps, logs and checkpoints out. */
import { lockFolder, terminal } from '#training/files'
import { checkCall, checkCallback, checkFlag, checkWhole, show } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { stateOf } from '../inference/model-state'
import type { FitOptions, FitResult } from './fit-options'
import { warn } from './run/report-step'
import { runSteps } from './run/run-steps'
import { startRun } from './run/start-run'
import { planTrainer, type TrainerOptions, type TrainerPlan } from './trainer-options'

export type { FitOptions, FitResult } from './fit-options'
export type { TrainerOptions } from './trainer-options'

/**
 * Fine-tunes or trains a model in place.
 *
 * @example
 * const trainer = new Trainer({ model, data, schedule: { learningRate: 1e-5 }, folder: 'runs/photos' })
 * await trainer.fit({ epochs: 5, onStep: ({ step, loss }) => console.log(step, loss) })
 * await model.save('photos.safetensors')
 */
export class Trainer {
  private readonly plan: TrainerPlan

  /** @throws DreamLIPError `INVALID_ARGUMENT` naming the option that makes no sense */
  constructor(options: TrainerOptions) {
    this.plan = planTrainer(options)
  }

  /**
   * Takes the steps of a run. The model holds the new weights as soon as a step is done.
   * @throws DreamLIPError `INVALID_ARGUMENT`; `TRAINING_DIVERGED` after several steps without a usable gradient; `DATA_EMPTY`
   *   when an epoch gives no batch; `DATA_CHANGED` and `CHECKPOINT_INVALID` when it cannot go on; `IN_USE` while another process
   *   trains in the folder; `WRITE_FAILED` when the last checkpoint cannot be written; the signal's reason when aborted. The model
   *   keeps the weights of the last good step.
   */
  async fit(options: FitOptions): Promise<FitResult> {
    checkFit(options)
    const steps = this.countSteps(options)
    const release = await this.lock(options)
    try {
      return await this.train(steps, options)
    } finally {
      await release?.()
    }
  }

  /** A folder that cannot be written is told of here, and again with each checkpoint. */
  private async lock(options: FitOptions): Promise<(() => Promise<void>) | undefined> {
    try {
      return this.plan.folder === undefined ? undefined : await lockFolder(this.plan.folder)
    } catch (error) {
      if (error instanceof DreamLIPError && error.code === 'IN_USE') throw error
      warn(options, 'the folder was not locked', error)
      return undefined
    }
  }

  private async train(steps: number, options: FitOptions): Promise<FitResult> {
    await import('../runtime/gradients')
    const state = stateOf(this.plan.model)
    state.encoder.checkAlive()
    const run = await startRun(this.plan, state)
    try {
      return await runSteps(this.plan, state, run, steps, options)
    } catch (error) {
      state.encoder.checkAlive()
      throw error
    } finally {
      run.runner.dispose()
      run.tensors.state.dispose()
      if (this.plan.progress) terminal?.write('\r\x1b[2K')
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
        `with ${size} samples in batches of ${batchSize}.`,
    )
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when it is aborted already */
function checkFit(options: FitOptions): void {
  const { resume = false, onStep, onSkip, onEvaluate, onWarning } = checkCall(options)
  checkFlag('resume', resume)
  for (const [name, callback] of Object.entries({ onStep, onSkip, onEvaluate, onWarning }))
    checkCallback(name, callback)
}
