/** What a run is asked for, and what comes of it. */
import type { HostTensor } from '../checkpoint/tensor'
import type { RunProgress } from './saved/checkpoint-state'
import type { SkippedSample } from '../data/loader/loader'
import type { StepReport } from './log/progress-line'

export interface FitOptions {
  /** Steps in the whole run; give these or `epochs`. */
  readonly steps?: number
  readonly epochs?: number
  /** Go on from the newest checkpoint of the folder that is whole, where there is one; default false. */
  readonly resume?: boolean
  /** Ends the run after the current step; with a folder, a checkpoint is written first. */
  readonly signal?: AbortSignal
  readonly onStep?: (report: StepReport) => void
  /** Called for each sample that the data leaves out. */
  readonly onSkip?: (skipped: SkippedSample) => void
  /** Called with what `evaluate` gives, after each epoch and at the end. */
  readonly onEvaluate?: (values: Readonly<Record<string, number>>, step: number) => void
  /** Called for what went wrong and does not end the run, such as a checkpoint that the disk had no room for. */
  readonly onWarning?: (message: string) => void
}

/** What came of a run. */
export interface FitResult extends RunProgress {
  /** Steps that this call took; 0 when the run was at its end already. */
  readonly stepsTaken: number
  /** The newest checkpoint. */
  readonly checkpoint: string | undefined
  /** The moving averages of the weights, where they were asked for: for `saveSafetensors`, or as a state_dict for `savePyTorch`. */
  readonly averages: ReadonlyMap<string, HostTensor> | undefined
}
