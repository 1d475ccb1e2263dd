/** The error for a damaged index. */
import { DreamLIPError } from '../../../errors'

export function indexInvalid(file: string, problem: string, cause?: unknown): DreamLIPError {
  return new DreamLIPError(
    'INDEX_INVALID',
    `${file}: ${problem}. The index is damaged or another program wrote this file. Restore it, or remove the folder and build it again.`,
    cause === undefined ? {} : { cause },
  )
}
