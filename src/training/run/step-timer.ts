/** The speed of a run. */

export interface StepTiming {
  readonly imagesPerSecond: number
  /** The share of the step's time spent waiting for data. */
  readonly dataShare: number
  /** Estimated seconds until the run ends. */
  readonly secondsLeft: number
}

/** Starts timing a run of `steps` steps that has already taken `first` steps. */
export function startStepTimer(first: number, steps: number) {
  const started = performance.now()
  let last = started
  return {
    /** Ends a step. @param waited milliseconds that it waited for data */
    endStep(step: number, images: number, waited: number): StepTiming {
      const now = performance.now()
      const took = Math.max(now - last, 1e-3)
      last = now
      return {
        imagesPerSecond: (1000 * images) / took,
        dataShare: Math.min(1, waited / took),
        secondsLeft: ((now - started) / 1000 / (step - first)) * (steps - step),
      }
    },
  }
}
