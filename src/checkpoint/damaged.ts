/** The errors for files that break the rules of their format. */
import { DreamLIPError, type ErrorCode } from '../errors'

/** @param problem a description of the problem, without a full stop */
export function damaged(code: ErrorCode, file: string, problem: string): DreamLIPError {
  return new DreamLIPError(code, `${file}: ${problem}. The file is damaged or forged. Download it again.`)
}

/** @param order the byte order stated by the file */
export function foreignByteOrder(file: string, order: string): DreamLIPError {
  return new DreamLIPError(
    'TENSOR_INVALID',
    `${file}: expected byte order 'little'; got '${order}'. Save the file on a little-endian machine.`,
  )
}
