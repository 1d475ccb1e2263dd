/** Counts the samples that a loader skips, and stops the run if there are too many. */
import { DreamLIPError } from '../../errors'
import { plural } from '../../plural'
import type { Problem, SkipReason } from '../shard'

export interface SkipCounter {
  /** Skipped samples of all epochs, by reason. */
  readonly counts: ReadonlyMap<SkipReason, number>
  /**
   * Counts a skipped sample.
   * @param inEpoch skipped samples of its epoch, this one included
   * @throws DreamLIPError `DATA_BROKEN` for more than the maximum
   */
  add(problem: Problem, inEpoch: number): void
}

/** @param size samples of an epoch, for the message */
export function createSkipCounter(maxSkipped: number, size: number): SkipCounter {
  const counts = new Map<SkipReason, number>()
  return {
    counts,
    add(problem, inEpoch) {
      counts.set(problem.reason, (counts.get(problem.reason) ?? 0) + 1)
      if (inEpoch <= maxSkipped) return
      const reasons = [...counts].map(([reason, times]) => `${times} × ${reason}`).join(', ')
      throw new DreamLIPError(
        'DATA_BROKEN',
        `data: an epoch of ${plural(size, 'sample')} left out more than ${plural(maxSkipped, 'sample')} (${reasons}). ` +
          `The last one, ${problem.sample}: ${problem.message}. Repair the data, or raise maxSkipped.`,
      )
    },
  }
}
