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

/** Whether an error concerns only its picture. A run that skips broken pictures then continues. */
export function isImageProblem(error: unknown): error is DreamLIPError {
  return error instanceof DreamLIPError && codes.includes(error.code)
}
