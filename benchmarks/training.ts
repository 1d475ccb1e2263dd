/** Seconds a training step of ViT-B/16, beside PyTorch on as many threads. */
import { matMul, type Tensor2D } from '@tensorflow/tfjs-core'
import { availableParallelism } from 'node:os'
import { compile } from '../src/index'
import { modelConfigs, type CLIPConfig } from '../src/models/config'
import { initializeParameters } from '../src/models/parameters'
import { chooseRuntime } from '../src/runtime/device'
import { defaultAdamW } from '../src/training/adamw'
import { dreamLIPLoss } from '../src/training/loss'
import { createOptimizerTensors } from '../src/training/optimizer-tensors'
import { createStepRunner } from '../src/training/run-step'
import { scalarInputs } from '../src/training/step'
import type { StepBatch } from '../src/training/step-inputs'
import { median, pythonHas, runPeer } from './python'

const [images, captions] = [8, 7]
/** Tokens of the longest caption of a batch: sub-captions are sentences. The reference fills every text up to the context. */
const ownLength = 32
const contextLength = 77
const warmUp = 2
const rounds = 3

export async function trainingBenchmark(): Promise<void> {
  const threads = availableParallelism()
  console.log(`training: ViT-B/16, ${images} images with ${captions} captions each, AdamW, on ${threads} threads`)
  const peer = (await pythonHas(['torch']))
    ? await runPeer<Record<string, Seconds[]>>('training', [
        String(images),
        String(captions),
        `${ownLength},${contextLength}`,
        String(threads),
      ])
    : undefined
  const limit = await matrixProductLimit()
  console.log(`  matrix products alone           ${(limit / 1e9).toFixed(0)} GFLOP/s`)
  for (const length of [ownLength, contextLength]) {
    const { wall, cpu } = await ourSeconds(length)
    const speed = stepFlops(modelConfigs['ViT-B-16']!, length) / wall
    console.log(`  dreamlip, ${length} tokens a caption    ${describe({ wall, cpu })}`)
    console.log(`    share of the products' limit  ${((100 * speed) / limit).toFixed(0)} %`)
    if (!peer) continue
    for (const theirs of length === ownLength ? [ownLength, contextLength] : [contextLength]) {
      const seconds = middle(peer[theirs]!)
      const ratio = (seconds.wall / wall).toFixed(2)
      console.log(`    PyTorch, ${theirs} tokens a caption  ${describe(seconds)}: ratio ${ratio}`)
    }
  }
}

/** Medians over steps that come after the first ones, in which memory is taken from the system. */
async function ourSeconds(length: number): Promise<Seconds> {
  const config = modelConfigs['ViT-B-16']!
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const weights = runtime.createParameters()
  for (const [name, values] of initializeParameters(config, 0)) weights.set(name, values)
  const trained = weights.names
  const state = createOptimizerTensors(runtime, weights, trained, false)
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const plan = { config, loss, trained, adamW: defaultAdamW, clipNorm: 1, emaDecay: null }
  const runner = createStepRunner(runtime, plan, weights, state, null)
  const inputs = batchOf(length)
  const times: Seconds[] = []
  for (let step = 1; step <= warmUp + rounds; step++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await runner.run(inputs, scalarInputs(1e-4, step, defaultAdamW))
    const { user, system } = process.cpuUsage(used)
    times.push({ wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 })
  }
  runner.dispose()
  for (const set of [weights, state]) set.dispose()
  return middle(times.slice(warmUp))
}

/** Of a step: on the clock, and of all processors together. */
interface Seconds {
  readonly wall: number
  readonly cpu: number
}

function middle(steps: readonly Seconds[]): Seconds {
  return { wall: median(steps.map(({ wall }) => wall)), cpu: median(steps.map(({ cpu }) => cpu)) }
}

function describe({ wall, cpu }: Seconds): string {
  return `${wall.toFixed(2)} s a step (${cpu.toFixed(2)} s of processor)`
}

function batchOf(length: number): StepBatch {
  const captionIds = Array.from({ length: images * captions }, (_, row) =>
    Int32Array.from({ length }, (_, i) => (i === length - 1 ? 49_407 : (((row * length + i) * 7919) % 49_000) + 1)),
  )
  const pixels = Float32Array.from({ length: images * 3 * 224 * 224 }, (_, i) => Math.sin(1.7 * i))
  return { pixels: { data: pixels, shape: [images, 3, 224, 224] }, captions: captionIds }
}

/** Operations a second of the product that a vision block spends its time on. */
async function matrixProductLimit(): Promise<number> {
  const [rows, inputs, outputs] = [images * 197, 768, 3072]
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

/** Multiplications and additions of a step's products: forward once, backward twice. The last block computes one token a sequence. */
function stepFlops({ vision, text, embedDim }: CLIPConfig, length: number): number {
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
