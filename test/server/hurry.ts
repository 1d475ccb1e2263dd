/** A fast clock for tests of timeouts: a wait of a minute takes less than a second. */
import { afterEach, beforeEach, vi } from 'vitest'

/** In the tests of this file `setTimeout` and `performance.now` are `times` as fast, also inside `fetch`. */
export function hurry(times: number): void {
  const [usual, clock] = [setTimeout, performance]
  beforeEach(() => {
    vi.stubGlobal('setTimeout', (callback: (...values: unknown[]) => void, delay = 0, ...values: unknown[]) =>
      usual(callback, delay / times, ...values),
    )
    vi.stubGlobal('performance', Object.create(clock, { now: { value: () => clock.now() * times } }))
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })
}
