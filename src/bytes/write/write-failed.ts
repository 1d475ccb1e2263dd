/** The error for files that cannot be written. */
import { DreamLIPError } from '../../errors'

/** @param remedy what to do about it */
export function writeFailed(
  path: string,
  cause: unknown,
  remedy = 'Check that the folder exists and has free space.',
): DreamLIPError {
  const problem = cause instanceof Error ? cause.message : String(cause)
  return new DreamLIPError('WRITE_FAILED', `${path}: could not be written: ${problem}. ${remedy}`, { cause })
}
