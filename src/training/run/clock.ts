/** How fast a run goes. */

/** Begins at step `first` of `steps`. */
export function startClock(first: number, steps: number) {
  const started = performance.now()
  let last = started
  return {
    lap(step: number, images: number, waited: number) {
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
