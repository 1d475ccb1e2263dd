/** Distinguishes problems with one picture from problems with the machine or the model. */
import { DreamLIPError, type ErrorCode } from '../../errors'

const codes: readonly ErrorCode[] = [
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'SOURCE_UNREADABLE',
  'HTTP_STATUS',
  'HTTP_PROTOCOL',
  'HTTP_CHANGED',
]

/** Errors with one of these codes that concern something else. */
const others = new WeakSet<object>()

/** Marks an error of a call with pictures that does not concern a picture, such as a model's unreadable weights. */
export function excludeFromImageProblems(error: unknown): void {
  if (typeof error === 'object' && error !== null) others.add(error)
}

/** Whether an error concerns only its picture. A run that skips broken pictures then continues. */
export function isImageProblem(error: unknown): error is DreamLIPError {
  return error instanceof DreamLIPError && codes.includes(error.code) && !others.has(error)
}
