import { readFileSync } from 'node:fs'
import type { Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { chooseRuntime } from '../../../src/runtime/device'
import { scalarInputs, type StepScalars } from '../../../src/training/optimizer/adamw-scalars'
import { createSchedule } from '../../../src/training/optimizer/schedule'
import { firstMoment, secondMoment } from '../../../src/training/optimizer/optimizer-state'
import { updateWeights } from '../../../src/training/optimizer/weight-update'
import { largestDifference } from '../../ops/compare'

interface Values {
  readonly shape: number[]
  readonly data: number[]
}
interface Step extends Readonly<Record<'grad_w' | 'grad_b' | 'w' | 'b', Values>> {
  readonly lr: number
}
interface Golden {
  readonly start: { readonly w: Values; readonly b: Values }
  readonly lr: number
  readonly warmup: number
  readonly total: number
  readonly betas: [number, number]
  readonly eps: number
  readonly weight_decay: number
  readonly steps: readonly [Step, Step, ...Step[]]
}

const golden = JSON.parse(readFileSync('test/fixtures/training/adamw.json', 'utf8')) as Golden
const options = { betas: golden.betas, epsilon: golden.eps, weightDecay: golden.weight_decay }
const array = ({ data, shape }: Values) => ({ data: Float32Array.from(data), shape })

const runtimes = await Promise.all([
  chooseRuntime({ device: 'cpu', runtime: 'compiled' }),
  chooseRuntime({ device: 'cpu', runtime: 'eager' }),
  chooseRuntime({ device: 'wasm' }),
])

/** `w` decays; `ln.b` does not, because of its name. */
function start(runtime: (typeof runtimes)[number], clipNorm: number | null) {
  const parameters = runtime.createParameters()
  for (const [name, values] of Object.entries({ w: golden.start.w, 'ln.b': golden.start.b })) {
    parameters.set(name, array(values))
    for (const state of [firstMoment, secondMoment]) {
      parameters.set(state(name), { data: new Float32Array(values.data.length), shape: values.shape })
    }
  }
  const program = runtime.prepareUpdate(
    (
      { gradientOfW, gradientOfB, ...scalars }: StepScalars<Tensor> & Record<'gradientOfW' | 'gradientOfB', Tensor>,
      held,
    ) => {
      const gradients = new Map([
        ['w', gradientOfW],
        ['ln.b', gradientOfB],
      ])
      const { norm, updates } = updateWeights({ adamW: options, clipNorm, emaDecay: null }, held, gradients, scalars)
      return { outputs: { norm }, updates }
    },
    [parameters],
  )
  const run = (w: Values, b: Values, learningRate: number, step: number) =>
    program.run({ gradientOfW: array(w), gradientOfB: array(b), ...scalarInputs(learningRate, step, options) })
  return { parameters, run }
}

describe.each(runtimes.map((runtime) => [`${runtime.device.runtime} on ${runtime.device.name}`, runtime] as const))(
  'AdamW, %s',
  (_, runtime) => {
    it('takes the steps that PyTorch takes, with decay and without', async () => {
      const { parameters, run } = start(runtime, null)
      for (const [i, step] of golden.steps.entries()) {
        await run(step.grad_w, step.grad_b, step.lr, i + 1)
        expect(largestDifference(parameters.read('w'), step.w.data)).toBeLessThan(3e-7)
        expect(largestDifference(parameters.read('ln.b'), step.b.data)).toBeLessThan(3e-7)
      }
    })

    it('adds epsilon where PyTorch does, which shows in gradients of its size', async () => {
      const { parameters, run } = start(runtime, null)
      const none = { ...golden.start.w, data: golden.start.w.data.map(() => 0) }
      const gradients = [
        [1e-7, -1e-6, 1e-5, 3e-6],
        [2e-7, 1e-6, -1e-5, 3e-6],
        [-1e-7, 5e-7, 2e-6, 0],
      ]
      for (const [i, data] of gradients.entries()) await run(none, { shape: [4], data }, 0.01, i + 1)
      // torch.optim.AdamW in float64 with the same betas and epsilon, and without decay.
      const changes = [-0.0027469691, 0.0035682909, -0.0090533149, -0.0205076047]
      const expected = golden.start.b.data.map((value, i) => value + changes[i]!)
      expect(largestDifference(parameters.read('ln.b'), expected)).toBeLessThan(3e-7)
    })

    it('changes nothing if a gradient is NaN or infinite, and continues afterwards', async () => {
      const { parameters, run } = start(runtime, 1)
      const [first, second] = golden.steps
      await run(first.grad_w, first.grad_b, 1e-3, 1)
      const values = () => parameters.names.map((name) => parameters.read(name).slice())
      const before = values()
      for (const bad of [NaN, Infinity]) {
        const broken = { ...first.grad_w, data: first.grad_w.data.map((g, i) => (i === 3 ? bad : g)) }
        const { norm } = await run(broken, first.grad_b, 1e-3, 2)
        expect(Number.isFinite(norm.data[0])).toBe(false)
        expect(values()).toEqual(before)
      }
      await run(second.grad_w, second.grad_b, 1e-3, 2)
      expect(parameters.read('w')).not.toEqual(before[0])
      expect(parameters.read('w').every(Number.isFinite)).toBe(true)
    })

    it('clips the gradient’s norm, and returns the norm before clipping', async () => {
      const [{ grad_w, grad_b }] = golden.steps
      const length = Math.hypot(...grad_w.data, ...grad_b.data)
      const shrink = ({ data, shape }: Values) => ({ shape, data: data.map((g) => (g * 0.5) / (length + 1e-6)) })
      const bounded = start(runtime, 0.5)
      const scaled = start(runtime, null)
      const { norm } = await bounded.run(grad_w, grad_b, 1e-3, 1)
      await scaled.run(shrink(grad_w), shrink(grad_b), 1e-3, 1)
      expect(norm.data[0]).toBeCloseTo(length, 5)
      for (const name of scaled.parameters.names) {
        expect(largestDifference(bounded.parameters.read(name), scaled.parameters.read(name))).toBeLessThan(3e-7)
      }
    })
  },
)

describe('the golden learning rates', () => {
  it('are those of warm-up and cosine', () => {
    const schedule = createSchedule({ learningRate: golden.lr, warmup: golden.warmup }, golden.total)
    for (const [i, { lr }] of golden.steps.entries()) expect(schedule(i)).toBeCloseTo(lr, 12)
  })
})
