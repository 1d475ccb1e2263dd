/** One side of benchmarks/runtime/image.ts: prints the median of the seconds per image. */
import { DreamLIP } from '../../src/index'
import { chainSeconds, matrixSeconds } from './matrix-limit'
import { transformersImages } from './transformers'
import { timed } from './timed'

export interface ImageSide {
  readonly side: 'dreamlip' | 'matrix' | 'chain' | 'transformers'
  readonly batch: number
  readonly runs: number
  /** The model's file, or transformers.js's folder. */
  readonly model: string
  readonly dtype: 'float32' | 'int8'
  readonly optimize?: 'start' | 'throughput'
  /** Paths of a batch's photographs. Without them, the input is prepared pixels. */
  readonly photos?: readonly string[]
}

export interface Measured {
  /** Seconds */
  readonly perImage: number
  /** Embedding of the first image. */
  readonly embedding?: readonly number[]
}

const given = JSON.parse(process.argv[2]!) as ImageSide
const size = 224
const embedDim = 512

async function dreamlip({ model: file, dtype, optimize, batch, photos }: ImageSide) {
  const model = await DreamLIP.load(file, { device: 'cpu', runtime: 'compiled', dtype, optimize })
  const shape = [batch, 3, size, size] as const
  const pixels = Float32Array.from({ length: batch * 3 * size * size }, (_, i) => Math.sin(i))
  return async () => (await model.encodeImage(photos ?? { pixels, shape }, { batchSize: batch })).data
}

async function transformers({ model, dtype, photos }: ImageSide) {
  const embed = await transformersImages(model, dtype)
  return () => embed(photos!)
}

async function measure(): Promise<Measured> {
  const { side, batch, runs } = given
  if (side === 'matrix') return { perImage: (await matrixSeconds(batch, runs)) / batch }
  if (side === 'chain') return { perImage: (await chainSeconds(batch, runs)) / batch }
  const embed = await (side === 'dreamlip' ? dreamlip(given) : transformers(given))
  const embedding = [...(await embed()).subarray(0, embedDim)]
  return { perImage: (await timed(embed, runs)) / batch, embedding }
}

// Sessions are not released: the process ends here.
process.stdout.write(JSON.stringify(await measure()), () => process.exit())
