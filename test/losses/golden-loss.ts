/** Golden cases of the losses: reads their files, computes them, and measures the errors. Runs in Node and in browsers. */
import { exp, reshape, slice, valueAndGrads, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import {
  compile,
  contrastiveLoss,
  distillationLoss,
  flairLoss,
  multiPositiveCircleLoss,
  multiPositiveLoss,
  sigmoidLoss,
  subcaptionPatchLoss,
  type RuntimeOptions,
} from 'dreamlip'

interface Values {
  readonly shape: number[]
  readonly data: number[]
}
type Inputs = Readonly<Record<string, Tensor>>

/** A case in its file. */
export interface GoldenCase {
  readonly loss: string
  /** For FLAIR's loss: the texts to which each image is compared. */
  readonly negatives?: readonly (readonly number[])[]
  readonly inputs: Readonly<Record<string, Values>>
  readonly value: number
  /** The gradients of the inputs that have one. */
  readonly gradients: Readonly<Record<string, Values>>
}

/** Cases of the reference: equal inputs occur once in the file. */
export interface GoldenSize extends Record<'images' | 'texts' | 'patches', Values> {
  readonly log_scale: number
  readonly losses: Readonly<Record<string, Pick<GoldenCase, 'value' | 'gradients'>>>
}

export interface Golden extends GoldenCase {
  /** The loss's name and the inputs' sizes. */
  readonly title: string
}

/** The reference's cases and all others. */
export function readGoldens(ofReference: readonly GoldenSize[], others: readonly GoldenCase[]): Golden[] {
  const cases = ofReference.flatMap(({ losses, log_scale, ...features }) =>
    Object.entries(losses).map(([loss, { value, gradients }]): GoldenCase => {
      const all: Record<string, Values> = { ...features, log_scale: { shape: [], data: [log_scale] } }
      const inputs = Object.fromEntries(Object.keys(gradients).map((name) => [name, all[name]!]))
      return { loss, inputs, value, gradients }
    }),
  )
  return [...cases, ...others].map((golden) => ({
    ...golden,
    title: [golden.loss, ...Object.entries(golden.inputs).map(([name, { shape }]) => `${name} [${shape.join()}]`)].join(
      ', ',
    ),
  }))
}

/**
 * The largest allowed errors, relative to the value and to the largest element of each gradient.
 * @param sums whether products are added up in float64 (tfjs's CPU backend) or in float32
 */
export function toleranceOf({ loss, value }: GoldenCase, sums: 'float64' | 'float32'): number {
  // The gradients of the temperature and of the key bias are small differences of large sums; the latter is 0 without the zero key.
  if (loss === 'flair') return 3e-6
  if (sums === 'float64') return 1e-6
  if (!loss.startsWith('subcaption-patch')) return 1e-6
  // Where patches are gathered for a sub-caption, its own similarity is near 1, and the loss sums exponentials of differences of
  // logits near 14 and 67, of which float32 has steps of 1e-6 and 8e-6. PyTorch in float32 is off by up to 4.2e-6, and by 5e-3 where
  // the loss is 1e-5: there, rounding the inputs to float32 alone changes it by 1.04e-6.
  return value < 1e-4 ? 3e-6 : 2e-6
}

/** The largest error of `value` and of each gradient, relative to its largest element. */
export function relativeErrors(
  computed: Readonly<Record<string, ArrayLike<number>>>,
  { value, gradients }: GoldenCase,
): Record<string, number> {
  const expected = { value: [value], ...mapValues(gradients, ({ data }) => data) }
  return mapValues(expected, (values, name) => {
    const largest = Math.max(...values.map(Math.abs))
    const error = Math.max(...values.map((wanted, i) => Math.abs(computed[name]![i]! - wanted)))
    return error === 0 ? 0 : error / largest
  })
}

/** `relativeErrors` on a runtime, through the public API. */
export async function errorsOn(
  golden: Golden,
  options: RuntimeOptions,
  chunkSize?: number,
): Promise<Record<string, number>> {
  const step = compile(
    (inputs) => lossAndGradients(golden, inputs, chunkSize),
    mapValues(golden.inputs, ({ shape }) => ({ shape })),
    options,
  )
  const results = await step(mapValues(golden.inputs, ({ data }) => Float32Array.from(data)))
  step.dispose()
  return relativeErrors(
    mapValues(results, ({ data }) => data),
    golden,
  )
}

/** The loss as `value`, and the gradients by the names of their inputs. */
export function lossAndGradients(golden: Golden, inputs: Inputs, chunkSize?: number): Record<string, Tensor> {
  const names = Object.keys(golden.gradients)
  const loss = (...tensors: Tensor[]): Scalar => {
    const varied = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
    return lossOf(golden, { ...inputs, ...varied }, chunkSize)
  }
  const { value, grads } = valueAndGrads(loss)(names.map((name) => inputs[name]!))
  return { value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) }
}

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  fn: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]))
}

/** The loss with a golden's name. */
function lossOf({ loss: name, negatives }: GoldenCase, inputs: Inputs, chunkSize?: number): Scalar {
  const [kind, ...settings] = name.split(' ')
  // Each case has the inputs of its loss, with the right ranks.
  const { images, texts, patches, bias } = inputs as Record<'images' | 'texts' | 'patches' | 'bias', never>
  const logitScale = inputs.log_scale && (exp(inputs.log_scale) as Scalar)
  const common = { images, texts, logitScale: logitScale!, chunkSize }
  switch (kind) {
    case 'contrastive':
      return contrastiveLoss({ ...common, texts: firstTexts(texts) })
    case 'multi-positive':
      return multiPositiveLoss(common)
    case 'subcaption-patch': {
      const [normalization, threshold, negatives] = settings
      return subcaptionPatchLoss({
        ...common,
        patches,
        normalization: normalization as 'minmax' | 'softmax',
        threshold: threshold === '1/P' ? threshold : Number(threshold),
        negatives: negatives === 'in-image' ? 'image' : negatives === 'patches' ? 'patches' : 'batch',
      })
    }
    case 'circle':
      return multiPositiveCircleLoss({ images, texts, chunkSize })
    case 'sigmoid':
      return sigmoidLoss({ ...common, logitBias: bias })
    case 'flair': {
      const pool = new Map(
        Object.entries(inputs).flatMap(([name, x]) => (name.startsWith('pool.') ? [[name.slice(5), x] as const] : [])),
      )
      return flairLoss({ ...common, patches, logitBias: bias, pool, negatives })
    }
    case 'distillation': {
      const { teacher_images: teacherImages, teacher_texts: teacherTexts } = inputs as Record<
        'teacher_images' | 'teacher_texts',
        never
      >
      const teacherLogitScale = exp(inputs.teacher_log_scale!) as Scalar
      return distillationLoss({ ...common, teacherImages, teacherTexts, teacherLogitScale })
    }
    default:
      throw new Error(`No loss is named ${name}.`)
  }
}

/** `[B, K, C] → [B, C]` */
function firstTexts(texts: Tensor): Tensor2D {
  const [B, , C] = texts.shape as [number, number, number]
  return reshape(slice(texts, [0, 0, 0], [B, 1, C]), [B, C])
}
