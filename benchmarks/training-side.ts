/** One side of benchmarks/training.ts: steps of a new model on a generated batch, timed. */
import '../src/runtime/gradients'
import { parseConfig } from '../src/models/config/config'
import { initializeParameters } from '../src/models/clip/parameters'
import { chooseRuntime } from '../src/runtime/device'
import { defaultAdamW, scalarInputs } from '../src/training/optimizer/adamw-scalars'
import { dreamLIPLoss } from '../src/training/step/loss'
import { createOptimizerState } from '../src/training/optimizer/optimizer-state'
import { createWholeStep } from '../src/training/step/whole-step'
import { trainingBatch } from './training-batch'
import type { StepsTaken, StepWork } from './training'

const work = JSON.parse(process.argv[2]!) as StepWork

async function takeSteps(work: StepWork): Promise<StepsTaken> {
  const { steps } = work
  const config = parseConfig(work.config)
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const weights = runtime.createParameters()
  for (const [name, values] of initializeParameters(config, 0)) weights.set(name, values)
  const trained = weights.names
  const state = await createOptimizerState(runtime, weights, trained, false)
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const plan = { config, loss, trained, adamW: defaultAdamW, clipNorm: 1, emaDecay: null }
  const program = createWholeStep(runtime, plan, { weights, state })
  const batch = trainingBatch(work, config.vision.imageSize)
  const seconds: StepsTaken['seconds'][number][] = []
  for (let step = 1; step <= steps; step++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await program.run(batch, scalarInputs(1e-4, step, defaultAdamW))
    const { user, system } = process.cpuUsage(used)
    seconds.push({ wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 })
  }
  return { seconds, memory: process.resourceUsage().maxRSS / 1024 }
}

console.log(JSON.stringify(await takeSteps(work)))
