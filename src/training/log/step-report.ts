/** The argument of `onStep`. */
export interface StepReport {
  /** Steps taken so far. */
  readonly step: number
  /** Steps of the whole run. */
  readonly steps: number
  readonly epoch: number
  readonly loss: number
  /** The loss's terms by name. */
  readonly terms: Readonly<Record<string, number>>
  /** The norm of the gradient before clipping. */
  readonly gradientNorm: number
  readonly learningRate: number
  /** The factor on cosines: the exponential of `logit_scale`. */
  readonly logitScale: number
  readonly imagesPerSecond: number
  /** The share of the step's time spent waiting for data. */
  readonly dataShare: number
  /** Estimated seconds until the run ends. */
  readonly secondsLeft: number
  /** Whether the gradient was NaN or infinite: then the weights keep their values. */
  readonly skipped: boolean
}
