/** The gain of a second thread in Chromium: ONNX Runtime's WASM with one thread and as dreamlip sets it, and TensorFlow.js's WASM. */
import type { Page } from 'playwright-core'
import { median } from '../python'
import { batch, inChromium, photos, rounds } from './browser'

const sides = [
  { name: 'onnxruntime-web, 1 thread', runtime: 'compiled', threads: 1 },
  { name: 'onnxruntime-web, as dreamlip sets it', runtime: 'compiled', threads: undefined },
  { name: 'TensorFlow.js', runtime: 'eager', threads: undefined },
] as const

type Side = (typeof sides)[number]

/** Each side has its own tab, because ONNX Runtime's number of threads cannot change. The tabs compute in turn. */
export async function browserThreadsBenchmark(): Promise<void> {
  console.log(`threads in Chromium: WASM, ${photos.length} photographs a round, median of ${rounds} rounds`)
  await inChromium({}, async (open) => {
    const tabs: Page[] = []
    const threads: (number | undefined)[] = []
    for (const side of sides) {
      const tab = await open()
      threads.push(await load(tab, side))
      await embed(tab)
      tabs.push(tab)
    }
    const perSecond = sides.map((): number[] => [])
    for (let round = 0; round < rounds; round++) {
      for (const [i, tab] of tabs.entries()) perSecond[i]!.push(photos.length / (await embed(tab)))
    }
    for (const [i, { name, runtime }] of sides.entries()) {
      const ratio = median(perSecond[i]!.map((value, round) => value / perSecond[0]![round]!)).toFixed(2)
      const count = runtime === 'compiled' ? threads[i] : 1
      console.log(`  ${name} (${count}): ${median(perSecond[i]!).toFixed(2)} images/s, ratio ${ratio}`)
    }
  })
}

async function load(tab: Page, { runtime, threads }: Side): Promise<number | undefined> {
  const loaded = await tab.evaluate(
    ([runtime, threads]) =>
      window.bench.loadOurs('ours', '/model/model.safetensors', { device: 'wasm', runtime }, threads),
    [runtime, threads] as const,
  )
  return loaded.threads
}

/** Seconds. */
async function embed(tab: Page): Promise<number> {
  const { seconds } = await tab.evaluate(([photos, batch]) => window.bench.embed('ours', photos, batch), [
    photos,
    batch,
  ] as const)
  return seconds
}
