/** One side of benchmarks/runtime/photographs.ts: prints the time for the photographs, from files to embeddings. */
import { InferenceSession } from 'onnxruntime-node'
import { DreamLIP, type DecodeMode } from '../../src/index'
import { transformersImages } from './transformers'

export interface PhotographSide {
  readonly side: 'dreamlip' | 'transformers'
  /** The model's file, or transformers.js's folder. */
  readonly model: string
  readonly decode?: DecodeMode
  readonly photos: readonly string[]
  /** How many photographs to embed; files are used several times. */
  readonly count: number
  readonly batchSize: number
  readonly threads: number
}

export interface Embedded {
  readonly seconds: number
  /** The share of the time, from the first batch to the last, in which the model did not compute. */
  readonly waiting?: number
  /** Embedding of the first photograph. */
  readonly embedding: readonly number[]
}

const given = JSON.parse(process.argv[2]!) as PhotographSide
const { photos, count, batchSize } = given
const all = Array.from({ length: count }, (_, i) => photos[i % photos.length]!)

/** Times at which sessions computed, in milliseconds. */
const runs: { start: number; end: number }[] = []

function watchRuns(): void {
  const prototype = (InferenceSession as unknown as { prototype: { run(...args: unknown[]): Promise<unknown> } })
    .prototype
  const { run } = prototype
  prototype.run = async function (...args) {
    const start = performance.now()
    try {
      return await run.apply(this, args)
    } finally {
      runs.push({ start, end: performance.now() })
    }
  }
}

async function dreamlip() {
  const { model: file, decode, threads } = given
  const model = await DreamLIP.load(file, { device: 'cpu', runtime: 'compiled', threads })
  return async (paths: readonly string[]) => (await model.encodeImage(paths, { batchSize, decode })).data
}

/** In the way of its users: batch after batch. @returns the first batch's embeddings */
async function transformers() {
  const embed = await transformersImages(given.model, 'float32')
  return async (paths: readonly string[]) => {
    const first = await embed(paths.slice(0, batchSize))
    for (let at = batchSize; at < paths.length; at += batchSize) await embed(paths.slice(at, at + batchSize))
    return first
  }
}

function waitingShare(): number | undefined {
  if (runs.length === 0) return undefined
  const busy = runs.reduce((sum, { start, end }) => sum + end - start, 0)
  return 1 - busy / (runs.at(-1)!.end - runs[0]!.start)
}

if (given.side === 'dreamlip') watchRuns()
const embed = await (given.side === 'dreamlip' ? dreamlip() : transformers())
await embed(all.slice(0, 2 * batchSize)) // warms up graphs, threads and caches
runs.length = 0
const start = performance.now()
const embeddings = await embed(all)
const seconds = (performance.now() - start) / 1000
const result: Embedded = { seconds, waiting: waitingShare(), embedding: [...embeddings.subarray(0, 512)] }
process.stdout.write(JSON.stringify(result), () => process.exit())
