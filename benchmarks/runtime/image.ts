/** Image encoding with ViT-B/16 on the CPU, compared with the processor's limit, PyTorch and transformers.js. */
import { fileURLToPath } from 'node:url'
import { median, pythonHas } from '../python'
import { difference } from './agreement'
import type { ImageSide, Measured } from './image-side'
import { linearFlops, modelFlops, wholeFlops } from './matrix-limit'
import { withModelFiles, type ModelFiles } from './model-files'
import { inTurn, medianRatio, nodeSide, pythonSide, threads, type Side } from './sides'

const rounds = 3
const batches = [1, 8]
const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) =>
  fileURLToPath(new URL(`../../examples/photos/${name}`, import.meta.url)),
)

export async function imageBenchmark(): Promise<void> {
  await withModelFiles(async (files) => {
    const torch = await pythonHas(['torch', 'open_clip_import', 'safetensors'])
    for (const batch of batches) await fromPixels(files, batch, torch)
    for (const batch of batches) await fromPhotographs(files, batch)
  })
}

const side = (args: Partial<ImageSide> & Pick<ImageSide, 'side' | 'batch' | 'model'>): Side<Measured> =>
  nodeSide('image-side.ts', { runs: args.batch === 1 ? 15 : 5, dtype: 'float32', ...args })

/** Only the tower: prepared pixels to embeddings. */
async function fromPixels({ safetensors: model }: ModelFiles, batch: number, torch: boolean): Promise<void> {
  const sides: Record<string, Side<Measured>> = {
    matrix: side({ side: 'matrix', batch, model }),
    chain: side({ side: 'chain', batch, model }),
    ...(torch && { PyTorch: pythonSide<Measured>('image', { model, batch, threads, runs: batch === 1 ? 15 : 5 }) }),
    'dreamlip, throughput': side({ side: 'dreamlip', batch, model, optimize: 'throughput' }),
    'dreamlip, start': side({ side: 'dreamlip', batch, model, optimize: 'start' }),
  }
  const { matrix, chain, ...models } = await inTurn(sides, rounds)
  const limits = { matrix: speeds(matrix!, linearFlops), chain: speeds(chain!, linearFlops) }
  console.log(`pixels to embeddings, batch ${batch}, float32, ${threads} threads, median of ${rounds} rounds`)
  console.log(
    `  bare matrix products    ${median(limits.matrix).toFixed(0)} GFLOP/s; ${median(limits.chain).toFixed(0)} in a chain`,
  )
  for (const [name, measured] of Object.entries(models)) {
    const own = speeds(measured, name === 'PyTorch' ? wholeFlops : modelFlops)
    const beside =
      models.PyTorch && name !== 'PyTorch'
        ? `; ${ratio(measured, models.PyTorch)} of PyTorch's images/s ${apart(measured, models.PyTorch)}`
        : ''
    console.log(
      `  ${name.padEnd(22)}  ${imagesPerSecond(measured)} images/s, ${median(own).toFixed(0)} GFLOP/s: ` +
        `${medianRatio(own, limits.matrix).toFixed(2)} of bare products, ${medianRatio(own, limits.chain).toFixed(2)} of the chain${beside}`,
    )
  }
}

/** From files, including decoding and preprocessing. */
async function fromPhotographs({ safetensors, transformers, hasInt8 }: ModelFiles, batch: number): Promise<void> {
  const files = Array.from({ length: batch }, (_, i) => photos[i % photos.length]!)
  for (const dtype of hasInt8 ? (['float32', 'int8'] as const) : (['float32'] as const)) {
    const common = { batch, dtype, photos: files }
    const results = await inTurn(
      {
        'transformers.js': side({ ...common, side: 'transformers', model: transformers }),
        'dreamlip, throughput': side({ ...common, side: 'dreamlip', model: safetensors, optimize: 'throughput' }),
        'dreamlip, start': side({ ...common, side: 'dreamlip', model: safetensors, optimize: 'start' }),
      },
      rounds,
    )
    console.log(`photographs to embeddings, batch ${batch}, ${dtype}, ${threads} threads, median of ${rounds} rounds`)
    const peer = results['transformers.js']
    for (const [name, measured] of Object.entries(results)) {
      const beside = measured === peer ? '' : `: ${ratio(measured, peer)} of transformers.js's ${apart(measured, peer)}`
      console.log(`  ${name.padEnd(22)}  ${imagesPerSecond(measured)} images/s${beside}`)
    }
  }
}

/** GFLOP/s of each round. */
function speeds(measured: readonly Measured[], flops: number): number[] {
  return measured.map(({ perImage }) => flops / perImage / 1e9)
}

function imagesPerSecond(measured: readonly Measured[]): string {
  return median(speeds(measured, 1e9)).toFixed(2).padStart(6)
}

function ratio(measured: readonly Measured[], others: readonly Measured[]): string {
  return medianRatio(speeds(measured, 1), speeds(others, 1)).toFixed(2)
}

/** Embedding of the first image. */
function apart([a]: readonly Measured[], [b]: readonly Measured[]): string {
  return difference(a!.embedding!, b!.embedding!)
}
