/** One side of benchmarks/training.ts: steps of a new model on a generated batch, timed. */
import '../src/runtime/gradients'
import { parseConfig } from '../src/models/config/config'
import { defaultAdamW, scalarInputs } from '../src/training/optimizer/adamw-scalars'
import { trainingBatch } from './training-batch'
import { prepareSteps } from './training-step'
import type { StepsTaken, StepWork } from './training'

const work = JSON.parse(process.argv[2]!) as StepWork

async function takeSteps(work: StepWork): Promise<StepsTaken> {
  const { steps } = work
  const program = (await prepareSteps(work.config))()
  const batch = trainingBatch(work, parseConfig(work.config).vision.imageSize)
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
