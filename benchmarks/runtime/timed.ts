/** The median duration of some work in seconds, after a warm-up. */
import { median } from '../python'

export async function timed(work: () => Promise<unknown>, runs: number): Promise<number> {
  await work()
  const seconds: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    seconds.push((performance.now() - start) / 1000)
  }
  return median(seconds)
}
