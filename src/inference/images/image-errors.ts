/** Images of a call that cannot be read: errors with their index, or entries of `errors`. */
import { checkChoice } from '../../check-arguments'
import { atIndex, DreamLIPError, type ErrorCode } from '../../errors'
import { isImageProblem } from '../../images/decode/image-problem'

/** How to handle an image that cannot be read: reject the call, or set the image's results to NaN. */
export type OnImageError = 'throw' | 'skip'

/** An image that could not be read, and the reason. Plain data that survives JSON and messages between threads. */
export interface ImageError {
  /** The index of the image. */
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkOnError(onError: OnImageError = 'throw'): OnImageError {
  return checkChoice('onError', onError, ['throw', 'skip'])
}

/** The error of an image, with its index in the caller's list. A prefix `image: ` is replaced by it. */
export function imageErrorAt(error: unknown, index: number): unknown {
  if (!(error instanceof DreamLIPError) || error.index !== undefined) return error
  const { code, message } = error
  const own = message.replace(/^image: /, '')
  return atIndex(
    own === message ? error : new DreamLIPError(code, own, { cause: error.cause }),
    index,
    `images[${index}]: `,
  )
}

/** The image as an entry of `errors`. @throws the error, if the image is not the cause */
export function imageErrorOf(error: unknown, index: number): ImageError {
  if (!isImageProblem(error)) throw error
  return { index, code: error.code, message: error.message }
}
