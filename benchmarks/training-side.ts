/** One side of benchmarks/training.ts: steps of a new model on a generated batch, timed. */
import '../src/runtime/gradients'
import { parseConfig } from '../src/models/config/config'
import { initializeParameters } from '../src/models/clip/parameters'
import { chooseRuntime } from '../src/runtime/device'
import { defaultAdamW } from '../src/training/step/adamw'
import { dreamLIPLoss } from '../src/training/step/loss'
import { createOptimizerTensors } from '../src/training/step/optimizer-tensors'
import { createStepRunner } from '../src/training/step/run-step'
import { scalarInputs } from '../src/training/step/step'
import type { StepBatch } from '../src/training/step/step-inputs'
import type { StepsTaken, StepWork } from './training'

const work = JSON.parse(process.argv[2]!) as StepWork

async function takeSteps({ config: given, steps, images, captions, tokens }: StepWork): Promise<StepsTaken> {
  const config = parseConfig(given)
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const weights = runtime.createParameters()
  for (const [name, values] of initializeParameters(config, 0)) weights.set(name, values)
  const trained = weights.names
  const state = await createOptimizerTensors(runtime, weights, trained, false)
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const plan = { config, loss, trained, adamW: defaultAdamW, clipNorm: 1, emaDecay: null }
  const runner = createStepRunner(runtime, plan, weights, state, null)
  const batch = batchOf(images, captions, tokens, config.vision.imageSize)
  const seconds: StepsTaken['seconds'][number][] = []
  for (let step = 1; step <= steps; step++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await runner.run(batch, scalarInputs(1e-4, step, defaultAdamW))
    const { user, system } = process.cpuUsage(used)
    seconds.push({ wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 })
  }
  return { seconds, memory: process.resourceUsage().maxRSS / 1024 }
}

/** Captions of ids that nothing repeats in, all of one length. */
function batchOf(images: number, captions: number, tokens: number, imageSize: number): StepBatch {
  const texts = Array.from({ length: images * captions }, (_, row) =>
    Int32Array.from({ length: tokens }, (_, i) =>
      i === tokens - 1 ? 49_407 : (((row * tokens + i) * 7919) % 49_000) + 1,
    ),
  )
  const pixels = Float32Array.from({ length: images * 3 * imageSize ** 2 }, (_, i) => Math.sin(1.7 * i))
  return { pixels: { data: pixels, shape: [images, 3, imageSize, imageSize] }, captions: texts }
}

console.log(JSON.stringify(await takeSteps(work)))
