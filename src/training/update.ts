/** From gradients to the next weights: clipping, AdamW, the bound on temperatures, the moving average. */
import { clipByValue, scalar, where, type Tensor } from '@tensorflow/tfjs-core'
import { zeroUnless } from '../ops/zero-unless'
import { adamW, noStep, type AdamWOptions, type StepScalars } from './adamw'
import { clippingFactor, globalNorm, isFiniteNorm } from './clip-gradients'
import { movingAverage } from './ema'
import { decays } from './parameter-groups'

/** How weights are updated. */
export interface UpdatePlan {
  readonly adamW: AdamWOptions
  /** The largest norm of the gradient; `null`: any. */
  readonly clipNorm: number | null
  /** How much of the average each step keeps; `null`: there is none. */
  readonly emaDecay: number | null
}

/** Names under which the optimizer's tensors are held beside the weights. */
export const firstMoment = (name: string) => `exp_avg.${name}`
export const secondMoment = (name: string) => `exp_avg_sq.${name}`
export const average = (name: string) => `ema.${name}`

/** The reference keeps the logarithms of temperatures between 0 and ln 100. */
const largestLogitScale = Math.log(100)

/**
 * The next values of weights, moments and averages, by the names under which they are held. Where the gradient is no number,
 * weights and moments stay as they are.
 * @returns `norm`: of the gradient before it was clipped, a scalar
 */
export function updateWeights(
  plan: UpdatePlan,
  parameters: ReadonlyMap<string, Tensor>,
  gradients: ReadonlyMap<string, Tensor>,
  given: StepScalars<Tensor>,
): { norm: Tensor; updates: Map<string, Tensor> } {
  const norm = globalNorm([...gradients.values()])
  const finite = isFiniteNorm(norm)
  const scalars = unlessFinite(finite, given)
  const factor = plan.clipNorm === null ? scalar(1) : where(finite, clippingFactor(norm, plan.clipNorm), 1)
  const updates = new Map<string, Tensor>()
  for (const [name, gradient] of gradients) {
    const value = parameters.get(name)!
    const state = { value, first: parameters.get(firstMoment(name))!, second: parameters.get(secondMoment(name))! }
    const safe = zeroUnless(finite, gradient)
    const next = adamW(state, safe, factor, scalars, plan.adamW.betas, decays(name, value.shape))
    const bounded = name.startsWith('logit_scale') ? clipByValue(next.value, 0, largestLogitScale) : next.value
    updates.set(name, bounded).set(firstMoment(name), next.first).set(secondMoment(name), next.second)
    if (plan.emaDecay !== null) {
      updates.set(average(name), movingAverage(parameters.get(average(name))!, bounded, plan.emaDecay))
    }
  }
  return { norm, updates }
}

/** The step's scalars, or those of a step that changes nothing. */
function unlessFinite(finite: Tensor, given: StepScalars<Tensor>): StepScalars<Tensor> {
  const still = Object.entries(noStep).map(([name, value]) => {
    return [name, where(finite, given[name as keyof typeof noStep], value)] as const
  })
  return { ...given, ...Object.fromEntries(still) }
}
