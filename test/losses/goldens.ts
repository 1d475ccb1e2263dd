/** Losses and gradients that the published reference's formulas gave in float64 (shared/parity/losses.json; equal inputs stand once). */
import { readFileSync } from 'node:fs'
import { exp, reshape, slice, type Scalar, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { contrastiveLoss } from '../../src/losses/contrastive'
import { multiPositiveLoss } from '../../src/losses/multi-positive'
import { subcaptionPatchLoss } from '../../src/losses/subcaption-patch'

interface Values {
  readonly shape: number[]
  readonly data: number[]
}
export type InputName = 'images' | 'texts' | 'patches' | 'log_scale'
type Inputs = Readonly<Record<InputName, Tensor>>

interface Golden {
  /** Sizes and the loss's name. */
  readonly title: string
  readonly inputs: Readonly<Record<InputName, Values>>
  readonly value: number
  /** Of the inputs that the loss depends on. */
  readonly gradients: Readonly<Partial<Record<InputName, Values>>>
  readonly loss: (inputs: Inputs, chunkSize?: number) => Scalar
  /** Relative to the value, and to each gradient's largest element. */
  readonly tolerance: number
}

type Case = Pick<Golden, 'value' | 'gradients'>
interface Size extends Record<Exclude<InputName, 'log_scale'>, Values> {
  readonly log_scale: number
  readonly losses: Readonly<Record<string, Case>>
}

const sizes = JSON.parse(readFileSync('test/fixtures/losses/losses.json', 'utf8')) as Size[]

/** Every golden case. */
export const goldens: readonly Golden[] = sizes.flatMap(({ losses, images, texts, patches, log_scale }) => {
  const inputs = { images, texts, patches, log_scale: { shape: [], data: [log_scale] } }
  return Object.entries(losses)
    .filter(([name]) => !name.startsWith('circle'))
    .map(([name, { value, gradients }]) => ({
      title: `${name}, images [${images.shape.join()}], texts [${texts.shape.join()}]`,
      inputs,
      value,
      gradients,
      loss: lossOf(name),
      // Where patches are gathered for a sub-caption, its own similarity is near 1: the loss then lives on small exponentials, which
      // move by 1.4e-6 when log_scale is rounded to float32.
      tolerance: name.startsWith('subcaption-patch') ? 2.5e-6 : 1e-6,
    }))
})

/** The loss of a golden's name. */
function lossOf(name: string): Golden['loss'] {
  const [kind, normalization, threshold] = name.split(' ')
  const negatives = name.endsWith('in-image negatives') ? 'image' : 'batch'
  return ({ images, texts, patches, log_scale }, chunkSize) => {
    const logitScale = exp(log_scale) as Scalar
    const pair = { images: images as Tensor2D, texts: texts as Tensor3D, logitScale, chunkSize }
    switch (kind) {
      case 'contrastive':
        return contrastiveLoss({ ...pair, texts: firstTexts(texts) })
      case 'multi-positive':
        return multiPositiveLoss(pair)
      case 'subcaption-patch':
        return subcaptionPatchLoss({
          patches: patches as Tensor3D,
          texts: texts as Tensor3D,
          logitScale,
          chunkSize,
          normalization: normalization as 'minmax' | 'softmax',
          threshold: threshold === '1/P' ? threshold : Number(threshold),
          negatives,
        })
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
