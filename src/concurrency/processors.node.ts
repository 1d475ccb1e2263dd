/** The number of processors that this thread may use. */
import { availableParallelism } from 'node:os'

let share: number | undefined

/** All processors of the machine, or a worker's share of them; capped by the environment variable DREAMLIP_THREADS. */
export function processors(): number {
  const most = Number(process.env.DREAMLIP_THREADS)
  const all = share ?? availableParallelism()
  return Number.isSafeInteger(most) && most > 0 ? Math.min(most, all) : all
}

/** Several workers that compute at the same time share the processors. */
export function shareProcessors(count: number): void {
  share = count
}
