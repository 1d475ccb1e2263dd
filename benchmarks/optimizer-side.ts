/** One side of benchmarks/optimizer.ts: training steps of one model, with AdamW computed in three ways in turn. */
import '../src/runtime/gradients'
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core'
import { hostOperations } from '../src/compile/host/host-nodes'
import { adamWInPlace } from '../src/compile/host/optimizer'
import { parseConfig } from '../src/models/config/config'
import { defaultAdamW, scalarInputs } from '../src/training/optimizer/adamw-scalars'
import type { StepProgram } from '../src/training/step/step-plan'
import type { MeasuredStep, OptimizerWay } from './optimizer'
import { trainingBatch } from './training-batch'
import { prepareSteps } from './training-step'
import type { StepWork } from './training'

const work = JSON.parse(process.argv[2]!) as StepWork
const [kernelName, backendName] = ['DreamLIPAdamW', 'dreamlip-onnxruntime']

type Compute = typeof adamWInPlace

/** The plain loop. JavaScript computes in double precision; rounding each operation to float32 is slower. */
const plainLoop: Compute = (value, first, second, gradient, numbers) => {
  const { keepFirst, takeFirst, keepSecond, takeSecond, decay, stepSize, epsilon } = numbers
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]!
    const m = first[i]! * keepFirst + g * takeFirst
    const v = second[i]! * keepSecond + g * g * takeSecond
    first[i] = m
    second[i] = v
    value[i] = value[i]! * decay - (m / (Math.sqrt(v) + epsilon)) * stepSize
  }
}

/** AdamW's processor time in the current step, in microseconds. */
let spent = 0

/** Makes the host compute AdamW this way. */
function useOnHost(compute: Compute): void {
  hostOperations.AdamW.compute = ([value, first, second, gradient], numbers) => {
    const before = process.cpuUsage()
    if (numbers.taken) compute(value!, first!, second!, gradient!, { decay: 1, ...numbers } as never)
    const { user, system } = process.cpuUsage(before)
    spent += user + system
  }
}

async function measure(work: StepWork): Promise<MeasuredStep[]> {
  const createStep = await prepareSteps(work.config)
  const programs = { host: createStep(), graph: createStep() }
  const batch = trainingBatch(work, parseConfig(work.config).vision.imageSize)
  let step = 0
  const run = (program: StepProgram) => program.run(batch, scalarInputs(1e-5, ++step, defaultAdamW))
  await run(programs.host)
  // Without the kernel, AdamW is recorded in ONNX's own operators.
  const kernel = getKernel(kernelName!, backendName!)!
  unregisterKernel(kernelName!, backendName!)
  await run(programs.graph)
  registerKernel(kernel)

  const ways: Record<OptimizerWay, () => StepProgram> = {
    WebAssembly: () => (useOnHost(adamWInPlace), programs.host),
    'plain loop': () => (useOnHost(plainLoop), programs.host),
    'in the graph': () => programs.graph,
  }
  const measured: MeasuredStep[] = []
  for (let round = -1; round < work.steps; round++) {
    const names = Object.keys(ways) as OptimizerWay[]
    for (const way of round % 2 === 0 ? names : names.reverse()) {
      const program = ways[way]()
      spent = 0
      const [start, used] = [performance.now(), process.cpuUsage()]
      await run(program)
      const { user, system } = process.cpuUsage(used)
      const wall = (performance.now() - start) / 1000
      // The first round still allocates memory.
      if (round >= 0) measured.push({ way, wall, processor: (user + system) / 1e6, optimizer: spent / 1e6 })
    }
  }
  return measured
}

console.log(JSON.stringify(await measure(work)))
