/** The page of the browser benchmark: photographs to embeddings, by dreamlip and by transformers.js. */
import { DreamLIP, type DeviceOptions } from 'dreamlip'
import { loadPeer } from './peer'

/** Embeds photographs by URL, a batch at a time: `[photographs · dimensions]`. */
type Embed = (photos: readonly string[], batch: number) => Promise<Float32Array>

const sides = new Map<string, Embed>()

/** Tasks of this thread that took more than 50 ms, as reported by the browser. */
const longTasks: number[] = []
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
  type: 'longtask',
})

const bench = {
  isolated: crossOriginIsolated,

  /** Without a number of threads, dreamlip chooses one. */
  async loadOurs(side: string, checkpoint: string, options: DeviceOptions, threads?: number) {
    // In its own chunk, because ONNX Runtime's threads run the file that contains it.
    const { env } = await import('onnxruntime-web/wasm')
    if (threads !== undefined) env.wasm.numThreads = threads
    const model = await DreamLIP.load(checkpoint, options)
    sides.set(side, async (photos, batchSize) => (await model.encodeImage([...photos], { batchSize })).data)
    return { device: model.device, threads: env.wasm.numThreads }
  },

  /** The tasks over 50 ms since the last call, in milliseconds. */
  async longTasks() {
    await new Promise((resolve) => setTimeout(resolve, 100)) // the browser reports them later
    return longTasks.splice(0)
  },

  async loadTheirs(side: string, packages: string, folder: string, device: string, threads: number) {
    sides.set(side, await loadPeer(packages, folder, device, threads))
  },

  /** Seconds, and the embeddings. */
  async embed(side: string, photos: readonly string[], batch: number) {
    const start = performance.now()
    const embeddings = await sides.get(side)!(photos, batch)
    return { seconds: (performance.now() - start) / 1000, embeddings: [...embeddings] }
  },
}

declare global {
  interface Window {
    bench: typeof bench
  }
}

window.bench = bench
