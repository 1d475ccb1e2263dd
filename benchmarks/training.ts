/** Seconds per training step, compared with PyTorch on the same number of threads: ViT-B/16, and a small model. */
import { matMul, type Tensor2D } from '@tensorflow/tfjs-core'
import { compile } from '../src/index'
import { parseConfig, type CLIPConfig, type OpenCLIPConfig } from '../src/models/config/config'
import { median, pythonHas } from './python'
import { nodeSide, pythonSide, threads } from './runtime/sides'

/** The task of a side. */
export interface StepWork {
  readonly config: OpenCLIPConfig
  readonly images: number
  readonly captions: number
  /** Number of tokens in every caption. */
  readonly tokens: number
  readonly steps: number
  readonly threads: number
}

/** For each step: wall-clock seconds, and processor seconds. */
export interface StepsTaken {
  readonly seconds: readonly { readonly wall: number; readonly cpu: number }[]
  /** Peak memory in megabytes. */
  readonly memory: number
}

/** The first steps still allocate memory. */
const warmUp = 2
const contextLength = 77

const text = { context_length: contextLength, vocab_size: 49_408 }
/** The models that training benchmarks train. */
export const trainedModels: Readonly<
  Record<string, Omit<StepWork, 'tokens' | 'threads'> & { readonly tokens: readonly number[] }>
> = {
  'ViT-B/16': {
    config: {
      embed_dim: 512,
      vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
      text_cfg: { ...text, width: 512, heads: 8, layers: 12 },
    },
    images: 8,
    captions: 7,
    tokens: [32, contextLength],
    steps: warmUp + 3,
  },
  '64 pixels, width 128': {
    config: {
      embed_dim: 128,
      vision_cfg: { image_size: 64, layers: 4, width: 128, head_width: 32, patch_size: 8 },
      text_cfg: { ...text, width: 128, heads: 4, layers: 3 },
    },
    images: 128,
    captions: 7,
    tokens: [16],
    steps: warmUp + 5,
  },
}

export async function trainingBenchmark(): Promise<void> {
  const withPython = await pythonHas(['torch'])
  const limit = await matrixProductLimit()
  console.log(
    `training: a step with AdamW, on ${threads} threads; matrix products alone ${(limit / 1e9).toFixed(0)} GFLOP/s`,
  )
  for (const [name, { tokens, ...model }] of Object.entries(trainedModels)) {
    console.log(`  ${name}, ${model.images} images with ${model.captions} captions each`)
    // The reference pads every text to the context length.
    const theirs = new Map<number, StepsTaken>()
    for (const length of withPython ? new Set([...tokens, contextLength]) : []) {
      theirs.set(length, await pythonSide<StepsTaken>('../training', { ...model, tokens: length, threads })())
    }
    for (const length of tokens) {
      const ours = await nodeSide<StepsTaken>('../training-side.ts', { ...model, tokens: length, threads })()
      const share = stepFlops(parseConfig(model.config), model, length) / middle(ours).wall / limit
      console.log(
        `    dreamlip, ${length} tokens a caption: ${describe(ours)}; ${(100 * share).toFixed(0)} % of the products' limit`,
      )
      for (const [filled, taken] of theirs) {
        if (filled < length) continue
        const note = filled === length ? '' : ', as the reference fills them up'
        const ratio = (middle(taken).wall / middle(ours).wall).toFixed(2)
        console.log(`      PyTorch, ${filled} tokens${note}: ${describe(taken)}; ratio ${ratio}`)
      }
    }
  }
}

/** The medians of all steps except the first ones. */
function middle({ seconds }: StepsTaken): { wall: number; cpu: number } {
  const later = seconds.slice(warmUp)
  return { wall: median(later.map(({ wall }) => wall)), cpu: median(later.map(({ cpu }) => cpu)) }
}

function describe(taken: StepsTaken): string {
  const { wall, cpu } = middle(taken)
  const first = taken.seconds.slice(0, warmUp).map(({ wall }) => wall.toFixed(1))
  return (
    `${wall.toFixed(2)} s a step (${cpu.toFixed(2)} s of processor), the first ones ${first.join(' and ')} s, ` +
    `${(taken.memory / 1024).toFixed(1)} GB`
  )
}

/** Operations per second of the product that takes most of the time in a block of ViT-B/16. */
async function matrixProductLimit(): Promise<number> {
  const [rows, inputs, outputs] = [8 * 197, 768, 3072]
  const product = compile(
    ({ x, w }) => ({ y: matMul(x as Tensor2D, w as Tensor2D) }),
    { x: { shape: [rows, inputs] }, w: { shape: [inputs, outputs] } },
    { device: 'cpu', runtime: 'compiled' },
  )
  const values = { x: new Float32Array(rows * inputs).fill(0.5), w: new Float32Array(inputs * outputs).fill(0.5) }
  const times: number[] = []
  for (let i = 0; i < 10; i++) {
    const start = performance.now()
    await product(values)
    times.push((performance.now() - start) / 1000)
  }
  product.dispose()
  return (2 * rows * inputs * outputs) / Math.min(...times)
}

/** Multiplications and additions of a step's products: forward once, backward twice. The last block computes one token per sequence. */
function stepFlops(
  { vision, text, embedDim }: CLIPConfig,
  { images, captions }: Pick<StepWork, 'images' | 'captions'>,
  length: number,
): number {
  const patches = (vision.imageSize / vision.patchSize) ** 2
  const tower = (sequences: number, tokens: number, width: number, layers: number) => {
    const perToken = 12 * width ** 2 + 2 * tokens * width
    const last = sequences * (tokens * 2 * width ** 2 + 10 * width ** 2 + 2 * tokens * width + width * embedDim)
    return (layers - 1) * sequences * tokens * perToken + last
  }
  const embedding = images * patches * 3 * vision.patchSize ** 2 * vision.width
  const ofVision = tower(images, 1 + patches, vision.width, vision.layers)
  return 6 * (embedding + ofVision + tower(images * captions, length, text.width, text.layers))
}
