/** New weights from gradients: clipping, AdamW, the bound on temperatures, the moving average. */
import { cast, clipByValue, mul, scalar, square, where, type Tensor } from '@tensorflow/tfjs-core'
import { adamW, composedAdamW, type AdamWScalars, type AdamWState } from '../../ops/optimizer/adamw'
import { movingAverage } from '../../ops/optimizer/moving-average'
import { noStep, type AdamWOptions, type StepScalars } from './adamw-scalars'
import { clippingFactor, globalNorm, isFiniteNorm } from './gradient-norm'
import { average, firstMoment, secondMoment } from './optimizer-state'
import { decays } from './weight-decay'

/** The settings of the weight update. */
export interface UpdatePlan {
  readonly adamW: AdamWOptions
  /** The gradient's maximum norm; `null`: no clipping. */
  readonly clipNorm: number | null
  /** The decay of the moving averages; `null`: there are no averages. */
  readonly emaDecay: number | null
}

/** The reference keeps the logarithms of temperatures between 0 and ln 100. */
const largestLogitScale = Math.log(100)

/**
 * The next values of weights, moments and averages, by their names in `RunTensors`. If the gradient's norm is NaN or infinite,
 * weights and moments keep their values.
 * @returns `norm`: the gradient's norm before clipping, a scalar
 */
export function updateWeights(
  plan: UpdatePlan,
  parameters: ReadonlyMap<string, Tensor>,
  gradients: ReadonlyMap<string, Tensor>,
  given: StepScalars<Tensor>,
): { norm: Tensor; updates: Map<string, Tensor> } {
  const norm = globalNorm([...gradients.values()])
  const scalars = adamWScalars(plan, norm, given)
  const undecayed = { ...scalars, decay: undefined }
  const updates = new Map<string, Tensor>()
  for (const [name, gradient] of gradients) {
    const value = parameters.get(name)!
    const state = { value, first: parameters.get(firstMoment(name))!, second: parameters.get(secondMoment(name))! }
    const own = decays(name, value.shape) ? scalars : undecayed
    const next = isTemperature(name) ? bounded(composedAdamW(state, gradient, own)) : adamW(state, gradient, own)
    updates.set(name, next.value).set(firstMoment(name), next.first).set(secondMoment(name), next.second)
    if (plan.emaDecay !== null) {
      updates.set(average(name), movingAverage(parameters.get(average(name))!, next.value, plan.emaDecay))
    }
  }
  return { norm, updates }
}

const isTemperature = (name: string) => name.startsWith('logit_scale')

function bounded(state: AdamWState): AdamWState {
  return { ...state, value: clipByValue(state.value, 0, largestLogitScale) }
}

/** AdamW's scalars with clipping worked in. If the norm is NaN or infinite, they are those of a step that changes nothing. */
function adamWScalars({ adamW, clipNorm }: UpdatePlan, norm: Tensor, given: StepScalars<Tensor>): AdamWScalars {
  const finite = isFiniteNorm(norm)
  const factor = clipNorm === null ? scalar(1) : where(finite, clippingFactor(norm, clipNorm), 1)
  const [beta1, beta2] = adamW.betas
  const unlessFinite = (name: keyof typeof noStep) => where(finite, given[name], noStep[name])
  return {
    keepFirst: unlessFinite('keepFirst'),
    takeFirst: mul(factor, 1 - beta1),
    keepSecond: unlessFinite('keepSecond'),
    takeSecond: mul(square(factor), 1 - beta2),
    decay: unlessFinite('decay'),
    stepSize: unlessFinite('stepSize'),
    epsilon: given.epsilon,
    taken: cast(finite, 'float32'),
  }
}
