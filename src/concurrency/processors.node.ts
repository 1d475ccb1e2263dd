/** How many processors this thread may use. */
import { availableParallelism } from 'node:os'

let share: number | undefined

/** All of the machine, or the share of a worker among several. */
export function processors(): number {
  return share ?? availableParallelism()
}

/** Several workers that compute at the same time share the processors. */
export function shareProcessors(count: number): void {
  share = count
}
