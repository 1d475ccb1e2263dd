/** The number of processors that this thread may use. */
import { availableParallelism } from 'node:os'

let share: number | undefined

/** All processors of the machine, or a worker's share of them. */
export function processors(): number {
  return share ?? availableParallelism()
}

/** Several workers that compute at the same time share the processors. */
export function shareProcessors(count: number): void {
  share = count
}
