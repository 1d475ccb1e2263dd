/** The options and the result of `Trainer.fit`. */
import type { ByteSourceInput } from '../bytes/read/open-source'
import { checkCall, checkCallback, checkFlag } from '../check-arguments'
import type { HostTensor } from '../checkpoint/tensor'
import type { SkippedSample } from '../data/loader/training-batch'
import { checkKeys, type KeysOf } from '../known-keys'
import type { RunProgress } from './checkpoint/run-record'
import type { BestModel } from './folder/run-folder'
import type { StepReport } from './log/step-report'

export interface FitOptions {
  /** Steps of the whole run; give either these or `epochs`. */
  readonly steps?: number
  readonly epochs?: number
  /** Resume from the newest usable checkpoint in the folder, if there is one; default false. */
  readonly resume?: boolean
  /**
   * A training checkpoint to continue from, such as `epoch_3.pt` of open_clip's trainer: its weights, its optimizer's state and its
   * number of epochs. `epochs` and `steps` include those of the file. With `resume`, it is used only if there is no checkpoint to
   * resume from.
   */
  readonly continueFrom?: ByteSourceInput
  /** Ends the run after the current step. With a folder, a checkpoint is written first. */
  readonly signal?: AbortSignal
  readonly onStep?: (report: StepReport) => void
  /** Called for each sample that is left out. */
  readonly onSkip?: (skipped: SkippedSample) => void
  /** Called with the result of `evaluate`, after each epoch and at the end. */
  readonly onEvaluate?: (values: Readonly<Record<string, number>>, step: number) => void
  /** Called for problems that do not end the run, such as a checkpoint that did not fit on the disk. */
  readonly onWarning?: (message: string) => void
}

/** The result of a run. */
export interface FitResult extends RunProgress {
  /** Steps that this call took; 0 if the run was already finished. */
  readonly stepsTaken: number
  /** The path of the newest checkpoint. */
  readonly checkpoint: string | undefined
  /** The best model of the run, if the trainer has `best`. */
  readonly best: BestModel | undefined
  /** The moving averages of the weights, if `emaDecay` is set: for `saveSafetensors`, or as a state_dict for `savePyTorch`. */
  readonly averages: ReadonlyMap<string, HostTensor> | undefined
}

const fitKeys: KeysOf<FitOptions> = {
  steps: 0,
  epochs: 0,
  resume: 0,
  continueFrom: 0,
  signal: 0,
  onStep: 0,
  onSkip: 0,
  onEvaluate: 0,
  onWarning: 0,
}

/** @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason if it is aborted already */
export function checkFit(options: FitOptions): void {
  const { resume = false, onStep, onSkip, onEvaluate, onWarning } = checkKeys('', checkCall(options), fitKeys)
  checkFlag('resume', resume)
  for (const [name, callback] of Object.entries({ onStep, onSkip, onEvaluate, onWarning }))
    checkCallback(name, callback)
}
