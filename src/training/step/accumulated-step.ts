/**
 * A step over a batch that does not fit at once (GradCache, arXiv 2101.06983): the features of all parts first, the loss's gradient
 * with respect to them over the whole batch, then each part's backward pass. Every image sees the whole batch's negatives, and
 * memory is that of one part: this is also how a run's memory is bounded.
 */
import { add, mul, sum, zerosLike, type Tensor, type Scalar } from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'
import { zeroUnless } from '../../ops/optimizer/zero-unless'
import type { HostArray, Parameters, Program, Runtime } from '../../runtime/runtime'
import type { StepScalars } from './adamw'
import { imageFeatures, logitScales, textFeatures, type BatchTensors, type Features } from './features'
import { differentiate, differentiateTerms } from './gradients'
import type { StepOutput, StepPlan, StepRunner } from './step'
import { stepInputs, type StepBatch } from './step-inputs'
import { updateWeights } from './update'
import { elementCount } from '../../shape'

/** The name under which a parameter's gradient is gathered. */
const gathered = (name: string) => `gradient.${name}`

/** The features of a batch that the loss is differentiated by. */
type FeatureName = 'images' | 'texts' | 'patches'

/** Takes steps in parts of `images` images. */
export function createAccumulatedStep(
  runtime: Runtime,
  plan: StepPlan,
  weights: Parameters,
  state: Parameters,
  images: number,
): StepRunner {
  const gradients = runtime.createParameters()
  for (const name of plan.trained) {
    const shape = weights.shape(name)
    const count = elementCount(shape)
    gradients.set(gathered(name), { data: new Float32Array(count), shape })
  }
  const forward = runtime.prepareUpdate<string>(
    (inputs, parameters) => ({
      outputs: featuresOf(plan, parameters, inputs as unknown as BatchTensors),
      updates: new Map(),
    }),
    [weights],
  )
  const loss = lossProgram(runtime, plan, weights, gradients)
  const backward = backwardProgram(runtime, plan, weights, gradients)
  const update = updateProgram(runtime, plan, [weights, state, gradients])
  return {
    async run(batch, scalars) {
      const parts = cutInParts(batch, images).map((part) => stepInputs(part, plan.config, runtime.prefersFewShapes))
      const features: Record<string, HostArray>[] = []
      for (const part of parts) features.push(await forward.run(part))
      const outputs = await loss.run(joinParts(features))
      const share = parts.map((_, i) => partOfGradients(outputs, i, parts.length))
      for (const [i, part] of parts.entries()) {
        await backward.run({ ...part, ...share[i], adds: { data: Uint8Array.of(i > 0 ? 1 : 0), shape: [] } })
      }
      const { gradientNorm } = await update.run(scalars)
      const terms = Object.entries(outputs).filter(([name]) => !name.startsWith('d.'))
      return { ...Object.fromEntries(terms), gradientNorm } as Record<StepOutput, HostArray>
    },
    dispose() {
      ;[forward, loss, backward, update].forEach((program) => program.dispose())
      gradients.dispose()
    },
  }
}

function featuresOf(
  { config, loss }: StepPlan,
  parameters: ReadonlyMap<string, Tensor>,
  batch: BatchTensors,
): Partial<Record<FeatureName, Tensor>> & Record<'images' | 'texts', Tensor> {
  const vision = imageFeatures(parameters, batch, config, loss.usesPatches)
  return { ...vision, texts: textFeatures(parameters, batch, config) }
}

/** The loss over all features: its terms, its gradients by features as outputs, those by temperatures gathered. */
function lossProgram(runtime: Runtime, plan: StepPlan, weights: Parameters, gradients: Parameters): Program<string> {
  return runtime.prepareUpdate<string>(
    (inputs, parameters) => {
      const temperatures = plan.trained.filter((name) => name.startsWith('logit_scale'))
      const differentiated = new Map([...parameters, ...Object.entries(inputs)])
      const wanted = [...Object.keys(inputs), ...temperatures]
      const {
        loss,
        terms,
        gradients: found,
      } = differentiateTerms(differentiated, wanted, () =>
        plan.loss.terms({ ...(inputs as unknown as Features), ...logitScales(parameters) }),
      )
      const ofFeatures = Object.entries(inputs).map(([name, value]) => {
        return [`d.${name}`, found.get(name) ?? zerosLike(value)] as const
      })
      return {
        outputs: { ...terms, loss, ...Object.fromEntries(ofFeatures) },
        updates: new Map(
          [...found].filter(([name]) => temperatures.includes(name)).map(([name, value]) => [gathered(name), value]),
        ),
      }
    },
    [weights, gradients],
  )
}

/** One part's features again, and from their gradients those of the weights, which are gathered. */
function backwardProgram(runtime: Runtime, plan: StepPlan, weights: Parameters, gradients: Parameters): Program<never> {
  return runtime.prepareUpdate<never>(
    (inputs, parameters) => {
      // The gradient of ⟨features, d⟩ is the one that d stands for.
      const { gradients: found } = differentiate(parameters, plan.trained, () => {
        const features = Object.entries(featuresOf(plan, parameters, inputs as unknown as BatchTensors))
        return addAll(features.map(([name, value]) => sum(mul(value, inputs[`d.${name}`]!)))) as Scalar
      })
      // The first part's gradients replace those of the step before.
      const sums = [...found].map(([name, gradient]) => {
        return [gathered(name), add(zeroUnless(inputs.adds!, parameters.get(gathered(name))!), gradient)] as const
      })
      return { outputs: {}, updates: new Map(sums) }
    },
    [weights, gradients],
  )
}

/** The step from the gathered gradients. */
function updateProgram(runtime: Runtime, plan: StepPlan, sets: readonly Parameters[]): Program<'gradientNorm'> {
  return runtime.prepareUpdate<'gradientNorm'>((inputs, parameters) => {
    const found = new Map(plan.trained.map((name) => [name, parameters.get(gathered(name))!]))
    const { norm, updates } = updateWeights(plan, parameters, found, inputs as unknown as StepScalars<Tensor>)
    return { outputs: { gradientNorm: norm }, updates }
  }, sets)
}

/** Equal parts of `images` images, each with its captions. */
function cutInParts({ pixels, captions, kept }: StepBatch, images: number): StepBatch[] {
  const count = pixels.shape[0]! / images
  const share = captions.length / count
  return Array.from({ length: count }, (_, i) => ({
    pixels: rowsOf(pixels, i, count),
    captions: captions.slice(i * share, (i + 1) * share),
    ...(kept && { kept: shifted(rowsOf(kept, i, count), i * images, images) }),
  }))
}

/** The i-th of `count` equal parts of the first axis. */
function rowsOf({ data, shape }: HostArray, i: number, count: number): HostArray {
  const [rows, ...rest] = shape as [number, ...number[]]
  const values = data.length / count
  return { data: data.subarray(i * values, (i + 1) * values), shape: [rows / count, ...rest] }
}

/** Kept tokens of a part count from its own first image: each row begins with its class token, row after row equally far. */
function shifted(kept: HostArray, firstImage: number, images: number): HostArray {
  const start = firstImage === 0 ? 0 : kept.data[0]!
  return { ...kept, data: Int32Array.from(kept.data, (row) => row - start), shape: [images, kept.shape[1]!] }
}

function joinParts(parts: readonly Readonly<Record<string, HostArray>>[]): Record<string, HostArray> {
  const names = Object.keys(parts[0]!)
  return Object.fromEntries(
    names.map((name) => {
      const [, ...rest] = parts[0]![name]!.shape
      const data = new Float32Array(parts.reduce((length, part) => length + part[name]!.data.length, 0))
      let at = 0
      for (const part of parts) {
        data.set(part[name]!.data, at)
        at += part[name]!.data.length
      }
      return [name, { data, shape: [parts.reduce((rows, part) => rows + part[name]!.shape[0]!, 0), ...rest] }]
    }),
  )
}

function partOfGradients(
  outputs: Readonly<Record<string, HostArray>>,
  i: number,
  count: number,
): Record<string, HostArray> {
  const ofFeatures = Object.entries(outputs).filter(([name]) => name.startsWith('d.'))
  return Object.fromEntries(ofFeatures.map(([name, array]) => [name, rowsOf(array, i, count)]))
}
