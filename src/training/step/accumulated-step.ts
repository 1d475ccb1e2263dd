/**
 * A step over a batch that does not fit into memory at once (GradCache, arXiv 2101.06983). First all parts' features are computed,
 * then the gradient of the whole batch's loss with respect to the features, then each part's backward pass. Every image is compared
 * with the whole batch's captions, and memory is that of one part.
 */
import { add, mul, sum, zerosLike, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'
import { tokensOf } from '../../models/layers/patch-grid'
import { zeroUnless } from '../../ops/optimizer/zero-unless'
import type { AnyTensors, ArraysOf, HostArray, Parameters, Program, ResultsOf, Runtime } from '../../runtime/runtime'
import type { StepScalars } from '../optimizer/adamw-scalars'
import { zerosFor, type RunTensors } from '../optimizer/optimizer-state'
import { updateWeights } from '../optimizer/weight-update'
import { cutBatch, joinParts, partOf } from './batch-parts'
import { imageFeatures, logitScales, textFeatures, type Features, type StepInputs } from './features'
import { differentiate, differentiateTerms } from './gradients'
import { stepInputs } from './step-batch'
import type { StepOutputs, StepPlan, StepProgram } from './step-plan'

/** The name of a parameter's accumulated gradient. */
const accumulated = (name: string) => `gradient.${name}`

/** The name of the loss's gradient with respect to a feature. */
type GradientName = `d.${string}`
const gradientOf = (feature: string): GradientName => `d.${feature}`

/** The features of a batch with respect to which the loss is differentiated. */
type BatchFeatures = Pick<Features, 'images' | 'texts' | 'patches'>

/** A part of the batch, and the loss's gradients with respect to its features. */
interface BackwardInputs extends StepInputs {
  readonly [gradient: GradientName]: Tensor
  /** A bool: whether to add gradients to those of earlier parts. */
  readonly adds: Tensor
}

/** Prepares steps that run the towers over `images` images at a time. @param images a divisor of the batch size */
export function createAccumulatedStep(
  runtime: Runtime,
  plan: StepPlan,
  { weights, state }: RunTensors,
  images: number,
): StepProgram {
  const gradients = runtime.createParameters()
  for (const name of plan.trained) gradients.set(accumulated(name), zerosFor(weights, name))
  const forward = forwardProgram(runtime, plan, weights)
  const loss = lossProgram(runtime, plan, weights, gradients)
  const backward = backwardProgram(runtime, plan, weights, gradients)
  const update = updateProgram(runtime, plan, [weights, state, gradients])
  return {
    async run(batch, scalars) {
      const parts = cutBatch(batch, images, tokensOf(plan.config)).map((part) =>
        stepInputs(part, plan.config, runtime.prefersFewShapes),
      )
      const features: ArraysOf<BatchFeatures>[] = []
      for (const part of parts) features.push(await forward.run(part))
      const outputs = await loss.run({ ...joinParts(features), ...(batch.negatives && { negatives: batch.negatives }) })
      for (const [i, part] of parts.entries()) {
        const wanted = gradientsOfPart(outputs, i, parts.length)
        await backward.run({ ...part, ...wanted, adds: { data: Uint8Array.of(i > 0 ? 1 : 0), shape: [] } })
      }
      const { gradientNorm } = await update.run(scalars)
      const terms = Object.entries(outputs).filter(([name]) => !name.startsWith(gradientOf('')))
      return { ...Object.fromEntries(terms), gradientNorm } as ResultsOf<StepOutputs>
    },
    dispose() {
      ;[forward, loss, backward, update].forEach((program) => program.dispose())
      gradients.dispose()
    },
  }
}

/** One part's features. */
function forwardProgram(runtime: Runtime, plan: StepPlan, weights: Parameters): Program<StepInputs, BatchFeatures> {
  return runtime.prepareUpdate(
    (batch: StepInputs, parameters) => ({ outputs: featuresOf(plan, parameters, batch), updates: new Map() }),
    [weights],
  )
}

function featuresOf(
  { config, loss }: StepPlan,
  parameters: ReadonlyMap<string, Tensor>,
  batch: StepInputs,
): BatchFeatures {
  return { ...imageFeatures(parameters, batch, config, loss), texts: textFeatures(parameters, batch, config, loss) }
}

/** The loss of the batch. Outputs: its terms and its gradients by features. Gradients by its own parameters are accumulated. */
function lossProgram(
  runtime: Runtime,
  plan: StepPlan,
  weights: Parameters,
  gradients: Parameters,
): Program<BatchFeatures & Pick<StepInputs, 'negatives'>, AnyTensors> {
  const ofLoss = ['logit_scale', ...(plan.loss.parameters ?? [])]
  const own = plan.trained.filter((name) => ofLoss.some((start) => name.startsWith(start)))
  return runtime.prepareUpdate(
    ({ negatives, ...features }: BatchFeatures & Pick<StepInputs, 'negatives'>, parameters) => {
      const byName = Object.entries<Tensor>(features)
      const { loss, terms, ...found } = differentiateTerms(
        new Map([...parameters, ...byName]),
        [...Object.keys(features), ...own],
        () => plan.loss.terms({ ...features, ...logitScales(parameters), negatives }, parameters),
      )
      const byFeatures = byName.map(([name, value]) => {
        return [gradientOf(name), found.gradients.get(name) ?? zerosLike(value)] as const
      })
      const byOwn = [...found.gradients].filter(([name]) => own.includes(name))
      return {
        outputs: { ...terms, loss, ...Object.fromEntries(byFeatures) },
        updates: new Map(byOwn.map(([name, value]) => [accumulated(name), value])),
      }
    },
    [weights, gradients],
  )
}

/** Recomputes one part's features, and accumulates the weights' gradients from the features' gradients. */
function backwardProgram(
  runtime: Runtime,
  plan: StepPlan,
  weights: Parameters,
  gradients: Parameters,
): Program<BackwardInputs, object> {
  return runtime.prepareUpdate(
    (inputs: BackwardInputs, parameters) => {
      // The gradient of Σ features · d by the weights is the loss's, where d is the loss's gradient by the features.
      const { gradients: found } = differentiate(parameters, plan.trained, () => {
        const features = Object.entries<Tensor>(featuresOf(plan, parameters, inputs))
        return addAll(features.map(([name, value]) => sum(mul(value, inputs[gradientOf(name)]!)))) as Scalar
      })
      // The first part's gradients replace those of the previous step.
      const sums = [...found].map(([name, gradient]) => {
        return [accumulated(name), add(zeroUnless(inputs.adds, parameters.get(accumulated(name))!), gradient)] as const
      })
      return { outputs: {}, updates: new Map(sums) }
    },
    [weights, gradients],
  )
}

/** Updates the weights by the accumulated gradients. */
function updateProgram(
  runtime: Runtime,
  plan: StepPlan,
  sets: readonly Parameters[],
): Program<StepScalars<Tensor>, Pick<StepOutputs, 'gradientNorm'>> {
  return runtime.prepareUpdate((scalars: StepScalars<Tensor>, parameters) => {
    const found = new Map(plan.trained.map((name) => [name, parameters.get(accumulated(name))!]))
    const { norm, updates } = updateWeights(plan, parameters, found, scalars)
    return { outputs: { gradientNorm: norm }, updates }
  }, sets)
}

/** The i-th part of the gradients by features. */
function gradientsOfPart(
  outputs: Readonly<Record<string, HostArray>>,
  i: number,
  count: number,
): Record<GradientName, HostArray> {
  const byFeatures = Object.entries(outputs).filter(([name]) => name.startsWith(gradientOf('')))
  return Object.fromEntries(byFeatures.map(([name, array]) => [name, partOf(array, i, count)]))
}
