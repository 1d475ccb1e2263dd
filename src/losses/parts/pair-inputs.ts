/** Checks the arguments that losses share. */
import { scalar, Tensor, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core'
import { show, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'

/** The default number of rows and columns of a block of the similarity matrix. Such a block has 4 MiB. */
export const defaultChunkSize = 1024

/** The options of a loss over pairs, in addition to its features. */
export interface PairOptions {
  /** The factor that cosines are multiplied by, `exp` of the model's parameter `logit_scale`. */
  readonly logitScale: number | Scalar
  /**
   * Rows and columns of a block of the similarity matrix (default 1024). Larger batches are computed block by block, and each block
   * is computed again for the gradient. The result is the same, and memory grows with the batch size, not with its square.
   */
  readonly chunkSize?: number
}

/** The options of a loss with one text per image. */
export interface PairedFeatures extends PairOptions {
  /** `[B, C]`, of unit length */
  readonly images: Tensor2D
  /** `[B, C]`, of unit length; row i belongs to image i */
  readonly texts: Tensor2D
}

/** Features with their axes, such as `{ images: [images, 'BC'], texts: [texts, 'BKC'] }`. Equal letters mean equal sizes. */
type Features = Readonly<Record<string, readonly [tensor: Tensor, axes: string]>>

/** @throws DreamLIPError `INVALID_ARGUMENT` unless the shapes of the features match */
export function checkFeatures(loss: string, features: Features): void {
  const sizes = new Map<string, number>()
  for (const [name, [tensor, axes]] of Object.entries(features)) {
    if (!(tensor instanceof Tensor)) throw invalid(loss, `${name}: expected a tensor; got ${show(tensor)}.`)
    if (tensor.isDisposed) throw invalid(loss, `${name}: expected a tensor; this one was disposed.`)
    if (tensor.dtype !== 'float32') throw invalid(loss, `${name}: expected float32 values; got ${tensor.dtype}.`)
    const fits =
      tensor.rank === axes.length && tensor.shape.every((size, i) => size > 0 && (sizes.get(axes[i]!) ?? size) === size)
    if (!fits) {
      const known = [...axes].map((axis) => sizes.get(axis) ?? axis)
      throw invalid(loss, `${name}: expected shape [${known.join(', ')}]; got [${tensor.shape.join(', ')}].`)
    }
    tensor.shape.forEach((size, i) => sizes.set(axes[i]!, size))
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is a whole number of rows */
export function checkChunkSize(loss: string, chunkSize: number): void {
  if (Number.isSafeInteger(chunkSize) && chunkSize > 0) return
  throw invalid(loss, `chunkSize: expected a whole number of rows, at least 1; got ${show(chunkSize)}.`)
}

/** A factor as a tensor. @throws DreamLIPError `INVALID_ARGUMENT` unless it is a single number */
export function toScalar(loss: string, name: string, value: number | Scalar): Scalar {
  if (typeof value === 'number' && Number.isFinite(value)) return scalar(value)
  if (value instanceof Tensor && value.rank === 0) return value
  const came = value instanceof Tensor ? `shape [${value.shape.join(', ')}]` : show(value)
  throw invalid(loss, `${name}: expected a finite number or a scalar tensor; got ${came}.`)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless options are an object */
export function checkLossOptions<T extends object>(loss: string, options: T): T {
  if (typeof options === 'object' && options !== null) return options
  throw wrongArgument(loss, 'an object with the features of a batch', options)
}

export function invalid(loss: string, message: string): DreamLIPError {
  return new DreamLIPError('INVALID_ARGUMENT', `${loss}: ${message}`)
}
