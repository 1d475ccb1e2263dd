/** How long a page's thread is blocked by a model on it, and by one in a worker: tasks over 50 ms, which users notice. */
import type { Page } from 'playwright-core'
import { batch, inChromium, photos, rounds } from './browser'

export async function browserWorkerBenchmark(): Promise<void> {
  console.log(
    `pages: ViT-B/16 on WASM, ${photos.length} photographs a round, ${rounds} rounds, tasks of the page over 50 ms`,
  )
  await inChromium({}, async (open) => {
    for (const worker of [false, true]) {
      const tab = await open()
      await longTasks(tab) // discards those of the page's start
      const name = worker ? 'in a worker' : 'on the page'
      await tab.evaluate(
        (worker) =>
          window.bench
            .loadOurs('ours', '/model/model.safetensors', { device: 'wasm', runtime: 'compiled', worker })
            .then(() => undefined),
        worker,
      )
      print(`${name}, loading`, await longTasks(tab))
      for (let round = 0; round < rounds; round++) {
        await tab.evaluate(([photos, batch]) => window.bench.embed('ours', photos, batch), [photos, batch] as const)
      }
      print(`${name}, embedding`, await longTasks(tab))
      await tab.close()
    }
  })
}

function longTasks(tab: Page): Promise<number[]> {
  return tab.evaluate(() => window.bench.longTasks())
}

function print(name: string, tasks: readonly number[]): void {
  const longest = Math.max(0, ...tasks)
  const total = tasks.reduce((sum, task) => sum + task, 0)
  console.log(
    `  ${name}: ${tasks.length} tasks over 50 ms, the longest ${longest.toFixed(0)} ms, ${total.toFixed(0)} ms in all`,
  )
}
