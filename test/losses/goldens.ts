/** Losses and gradients that the published reference's formulas (shared/parity/losses.json) and open_clip's classes gave in float64. */
import { readFileSync } from 'node:fs'
import { exp, reshape, slice, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { contrastiveLoss } from '../../src/losses/contrastive'
import { distillationLoss } from '../../src/losses/distillation'
import { multiPositiveLoss } from '../../src/losses/multi-positive'
import { multiPositiveCircleLoss } from '../../src/losses/multi-positive-circle'
import { sigmoidLoss } from '../../src/losses/sigmoid'
import { subcaptionPatchLoss } from '../../src/losses/subcaption-patch'

interface Values {
  readonly shape: number[]
  readonly data: number[]
}
type Inputs = Readonly<Record<string, Tensor>>

export interface Golden {
  /** The loss's name and the inputs' sizes. */
  readonly title: string
  readonly inputs: Readonly<Record<string, Values>>
  readonly value: number
  /** Of the inputs that have one. */
  readonly gradients: Readonly<Record<string, Values>>
  readonly loss: (inputs: Inputs, chunkSize?: number) => Scalar
  /** Relative to the value, and to each gradient's largest element. */
  readonly tolerance: number
}

interface Case extends Pick<Golden, 'inputs' | 'value' | 'gradients'> {
  readonly loss: string
}

/** The reference's cases: equal inputs stand once in the file. */
interface Size extends Record<'images' | 'texts' | 'patches', Values> {
  readonly log_scale: number
  readonly losses: Readonly<Record<string, Pick<Golden, 'value' | 'gradients'>>>
}

const ofReference = (JSON.parse(readFileSync('test/fixtures/losses/losses.json', 'utf8')) as Size[]).flatMap(
  ({ losses, log_scale, ...features }) =>
    Object.entries(losses).map(([loss, { value, gradients }]): Case => {
      const all: Record<string, Values> = { ...features, log_scale: { shape: [], data: [log_scale] } }
      const inputs = Object.fromEntries(Object.keys(gradients).map((name) => [name, all[name]!]))
      return { loss, inputs, value, gradients }
    }),
)
const ofOpenClip = JSON.parse(readFileSync('test/fixtures/losses/open-clip.json', 'utf8')) as Case[]

/** Every golden case. */
export const goldens = [...ofReference, ...ofOpenClip].map(({ loss, ...golden }): Golden => ({
  ...golden,
  title: [loss, ...Object.entries(golden.inputs).map(([name, { shape }]) => `${name} [${shape.join()}]`)].join(', '),
  loss: lossOf(loss),
  // Where patches are gathered for a sub-caption, its own similarity is near 1, and the loss lives on exponentials of differences of
  // logits near 14, of which float32 has steps of 1e-6. PyTorch in float32 is off by up to 4.2e-6, and by 5e-3 for a single image.
  tolerance: loss.startsWith('subcaption-patch') ? 2.5e-6 : 1e-6,
}))

/** The loss of a golden's name. */
function lossOf(name: string): Golden['loss'] {
  const [kind, ...settings] = name.split(' ')
  return (inputs, chunkSize) => {
    // Each case has the inputs that its loss takes, of their ranks.
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
          negatives: negatives === 'in-image' ? 'image' : 'batch',
        })
      }
      case 'circle':
        return multiPositiveCircleLoss({ images, texts, chunkSize })
      case 'sigmoid':
        return sigmoidLoss({ ...common, logitBias: bias })
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
}

/** `[B, K, C] → [B, C]` */
function firstTexts(texts: Tensor): Tensor2D {
  const [B, , C] = texts.shape as [number, number, number]
  return reshape(slice(texts, [0, 0, 0], [B, 1, C]), [B, C])
}
