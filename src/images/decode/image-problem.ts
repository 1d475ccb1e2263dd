/** Tells what is wrong with one picture from what is wrong with the machine or the model. */
import { DreamLIPError, type ErrorCode } from '../../errors'

const codes: readonly ErrorCode[] = [
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'SOURCE_UNREADABLE',
  'HTTP_STATUS',
  'HTTP_PROTOCOL',
  'HTTP_CHANGED',
]

/** Whether an error costs its picture and nothing else: a run that leaves broken pictures out goes on. */
export function isImageProblem(error: unknown): error is DreamLIPError {
  return error instanceof DreamLIPError && codes.includes(error.code)
}
