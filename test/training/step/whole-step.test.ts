/** Twenty steps, compared with PyTorch's (test/parity/training.py), on every runtime in Node. */
import { readFileSync } from 'node:fs'
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { parseConfig, type OpenCLIPConfig } from '../../../src/models/config/config'
import '../../../src/runtime/gradients'
import { chooseRuntime } from '../../../src/runtime/device'
import type { ArraysOf, HostArray, Runtime } from '../../../src/runtime/runtime'
import { readCheckpoint, toFloat32 } from '../../../src/index'
import { defaultAdamW, scalarInputs } from '../../../src/training/optimizer/adamw-scalars'
import { dreamLIPLoss } from '../../../src/training/step/loss'
import { createSchedule } from '../../../src/training/optimizer/schedule'
import type { StepInputs } from '../../../src/training/step/features'
import { trainingStep } from '../../../src/training/step/whole-step'
import { stepInputs } from '../../../src/training/step/step-batch'
import { firstMoment, secondMoment } from '../../../src/training/optimizer/optimizer-state'
import { pattern } from '../../models/pattern'
import { largestDifference } from '../../ops/compare'

interface Golden {
  readonly steps: readonly Readonly<Record<'multiPositive' | 'subcaptionPatch' | 'gradientNorm', number>>[]
  /** At most 128 elements of each parameter, evenly spread. */
  readonly weights: Readonly<Record<string, readonly number[]>>
}
const golden = JSON.parse(readFileSync('test/fixtures/training/training.json', 'utf8')) as Golden
const mini = JSON.parse(readFileSync('test/fixtures/models/mini.json', 'utf8')) as { config: OpenCLIPConfig }
const config = parseConfig(mini.config)
const [images, captions, length] = [4, 3, 12]

/** The batch of test/parity/training.py. */
function batch(step: number, runtime: Runtime): ArraysOf<StepInputs> {
  const rows = images * captions
  const pixels = Float32Array.from(pattern(7000 + step, [images, 3, 32, 32]), (value) => 2 * value)
  const drawn = pattern(8000 + step, [rows, length])
  const ends = Int32Array.from({ length: rows }, (_, row) => 5 + ((row + step) % 7))
  const ids = Int32Array.from({ length: rows * length }, (_, i) => {
    const [end, at] = [ends[Math.floor(i / length)]!, i % length]
    if (at === 0) return 598
    if (at >= end) return at === end ? 599 : 0
    return Math.floor(1 + ((drawn[i]! + 1) / 2) * 590)
  })
  const texts = Array.from(ends, (end, row) => ids.slice(row * length, row * length + end + 1))
  const given = { pixels: { data: pixels, shape: [images, 3, 32, 32] }, captions: texts }
  return stepInputs(given, config, runtime.prefersFewShapes)
}

async function start(runtime: Runtime) {
  const checkpoint = await readCheckpoint('test/fixtures/models/mini.pt')
  const weights = runtime.createParameters()
  const state = runtime.createParameters()
  for (const [name, tensor] of checkpoint.tensors) {
    const data = toFloat32(await tensor.read())
    weights.set(name, { data, shape: tensor.shape })
    for (const moment of [firstMoment, secondMoment]) {
      state.set(moment(name), { data: new Float32Array(data.length), shape: tensor.shape })
    }
  }
  await checkpoint.close()
  const plan = {
    config,
    loss: dreamLIPLoss(),
    trained: weights.names,
    adamW: defaultAdamW,
    clipNorm: 1,
    emaDecay: null,
  }
  return { weights, state, program: runtime.prepareUpdate(trainingStep(plan), [weights, state]) }
}

const runtimes = await Promise.all([
  chooseRuntime({ device: 'cpu', runtime: 'compiled' }),
  chooseRuntime({ device: 'cpu', runtime: 'eager' }),
  chooseRuntime({ device: 'wasm' }),
])

describe.each(runtimes.map((runtime) => [`${runtime.device.runtime} on ${runtime.device.name}`, runtime] as const))(
  'twenty steps, %s',
  (_, runtime) => {
    // tfjs's CPU backend takes most of a minute on a busy machine.
    it('give PyTorch’s losses and weights to 1e-4, and leave no tensors behind', { timeout: 300_000 }, async () => {
      const { weights, state, program } = await start(runtime)
      const schedule = createSchedule({ learningRate: 5e-4, warmup: 5 }, golden.steps.length)
      let tensors = 0
      for (const [i, expected] of golden.steps.entries()) {
        const outputs = await program.run({ ...batch(i, runtime), ...scalarInputs(schedule(i), i + 1, defaultAdamW) })
        const values = outputs as unknown as Record<string, HostArray>
        for (const term of ['multiPositive', 'subcaptionPatch'] as const) {
          expect(Math.abs(values[term]!.data[0]! - expected[term])).toBeLessThan(1e-4)
        }
        expect(outputs.gradientNorm.data[0]! / expected.gradientNorm).toBeCloseTo(1, 4)
        if (i > 0) expect(memory().numTensors).toBe(tensors)
        tensors = memory().numTensors
      }
      for (const [name, expected] of Object.entries(golden.weights)) {
        const values = weights.read(name)
        const every = Math.ceil(values.length / 128)
        const sampled = values.filter((_, index) => index % every === 0)
        expect([name, largestDifference(sampled, expected)]).toEqual([name, expect.closeTo(0, 4)])
      }
      program.dispose()
      weights.dispose()
      state.dispose()
    })
  },
)
