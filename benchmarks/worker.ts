/** A model in a worker compared with one on the main thread: delays of the event loop, and the speed of both. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { DreamLIP, type DeviceOptions } from '../src/index.node.ts'
import { median } from './python'

const photos = ['rocket.jpg', 'coffee.png', 'chelsea.png'].map((name) => `examples/photos/${name}`)
const labels = ['rocket', 'sky', 'cup', 'cat']

interface Measured {
  readonly seconds: number
  /** Delays of the event loop in milliseconds. */
  readonly median: number
  readonly p99: number
  readonly max: number
}

type Work = (model: DreamLIP) => Promise<unknown>

const works: Readonly<Record<string, { readonly work: Work; readonly rounds: number }>> = {
  'encodeImage, 8 images': { work: (model) => model.encodeImage(repeated(8)), rounds: 5 },
  'encodeImage, 64 images': { work: (model) => model.encodeImage(repeated(64)), rounds: 1 },
  segment: { work: (model) => model.segment(photos[1]!, labels), rounds: 1 },
}

export async function workerBenchmark(): Promise<void> {
  console.log('worker: ViT-B/16 with random weights, in turn; delays of the event loop in ms')
  print('nothing', 'idle', await measure(() => sleep(3000)))
  const create = (options: DeviceOptions) => DreamLIP.create('ViT-B-16', options)
  let [here, there] = [undefined as DreamLIP | undefined, undefined as DreamLIP | undefined]
  print('create', 'here', await measure(async () => (here = await create({}))))
  print('create', 'in a worker', await measure(async () => (there = await create({ worker: true }))))
  for (const [name, { work, rounds }] of Object.entries(works)) {
    for (const model of [here!, there!]) await model.encodeImage(repeated(8)) // prepares the sessions
    const [direct, worker]: [Measured[], Measured[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      direct.push(await measure(() => work(here!)))
      worker.push(await measure(() => work(there!)))
    }
    print(name, 'here', middle(direct))
    print(name, 'in a worker', middle(worker))
    const ratios = direct.map(({ seconds }, i) => seconds / worker[i]!.seconds)
    console.log(`  ${name}: throughput in a worker ÷ here, median of ${rounds}: ${median(ratios).toFixed(3)}`)
  }
  here!.dispose()
  await there![Symbol.asyncDispose]()
}

function repeated(count: number): string[] {
  return Array.from({ length: count }, (_, i) => photos[i % photos.length]!)
}

async function measure(work: () => Promise<unknown>): Promise<Measured> {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  await sleep(5) // a delay is recorded when it ends
  delays.disable()
  const milliseconds = (nanoseconds: number) => nanoseconds / 1e6
  const [half, most] = [delays.percentile(50), delays.percentile(99)]
  return { seconds, median: milliseconds(half), p99: milliseconds(most), max: milliseconds(delays.max) }
}

function middle(measured: readonly Measured[]): Measured {
  const of = (part: keyof Measured) => median(measured.map((one) => one[part]))
  return { seconds: of('seconds'), median: of('median'), p99: of('p99'), max: of('max') }
}

function print(work: string, where: string, { seconds, ...delays }: Measured): void {
  const shown = Object.entries(delays).map(([name, value]) => `${name} ${value.toFixed(1)}`)
  console.log(`  ${work}, ${where}: ${seconds.toFixed(2)} s; ${shown.join(', ')}`)
}
