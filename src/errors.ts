/** The one error class of the package: a message for a person, a stable code for a program. */
import { oneLine, shorten } from './printable'

/**
 * Every code that the package throws. Codes never change meaning; messages may be reworded.
 * Each says what kind of thing is wrong; the message names the input, what was expected, what came, and what to do.
 */
export type ErrorCode =
  // Arguments
  | 'INVALID_ARGUMENT' // an option or argument of the wrong type, range or shape
  | 'INVALID_CONFIG' // a model config that is unknown, incomplete or contradicts itself
  | 'DISPOSED' // a model used after dispose()
  // Devices
  | 'DEVICE_UNAVAILABLE' // a device was forced that this machine, browser or installation lacks
  | 'MISSING_DEPENDENCY' // an optional package (sharp, …) is needed and not installed
  | 'DEPENDENCY_CONFLICT' // two versions of a package that share what only one may use
  | 'NOT_RECORDABLE' // a function given to compile() that reads values, or uses an op that has no compiled form
  | 'RUN_FAILED' // ONNX Runtime refused a graph, or ran out of memory
  | 'WORKER_FAILED' // a thread that prepares images ended before its work was done
  // Training
  | 'TRAINING_DIVERGED' // gradients that are no numbers, several steps in a row
  | 'DATA_CHANGED' // a run that goes on with other data, or with another model, than it began with
  | 'CHECKPOINT_INVALID' // a run's checkpoints of which none can be gone on from: torn, or not a run's
  | 'DATA_EMPTY' // data without enough usable samples to make one batch
  // Bytes
  | 'SOURCE_UNREADABLE' // a file or Blob that is missing or cannot be read
  | 'HTTP_STATUS' // a server that refused, after the tries that its answer allows
  | 'HTTP_PROTOCOL' // a server that answers a range request with something else
  | 'HTTP_CHANGED' // a file that changed on the server while it was read
  | 'DOWNLOAD_REFUSED' // a server that sends a page in place of the file: a quota, a login, an error
  | 'CHECKSUM_MISMATCH' // a downloaded file that is not the one that was expected
  | 'OUT_OF_RANGE' // a file that is shorter than what its own contents refer to
  | 'WRITE_FAILED' // a file that could not be written
  | 'IN_USE' // a folder that another process is writing to
  // Images
  | 'IMAGE_INVALID' // an image that is damaged, of an unknown format, or no image at all
  | 'IMAGE_TOO_LARGE' // an image of more pixels than are decoded
  // Checkpoints
  | 'FORMAT_UNKNOWN' // bytes that are no checkpoint
  | 'ZIP_INVALID' // an archive that is damaged, forged or ambiguous
  | 'PICKLE_INVALID' // a pickle that is damaged or asks for more than a checkpoint needs
  | 'PICKLE_FORBIDDEN' // a pickle that names a function or class outside the allow-list
  | 'TENSOR_INVALID' // a tensor whose type, shape, strides or bytes make no sense
  | 'SAFETENSORS_INVALID' // a safetensors file that breaks the format's rules
  | 'CHECKPOINT_MISMATCH' // tensors that are missing, unexpected or of another shape than the config's
  // Training data
  | 'DATA_INVALID' // a data set whose files are no data, or lack a column
  | 'DATA_BROKEN' // more samples were left out than the caller allows

/** A message fills a screen of 25 lines at most, whatever names a file puts into it. */
const longestMessage = 2000

/**
 * An error with a stable `code`, thrown for every wrong input that the package recognises.
 *
 * Its message is one line of at most about 2,000 characters: of a longer one the middle is left out, and control characters are
 * spelled out, so that a name in a hostile file can neither flood a screen nor rewrite it.
 */
export class DreamLIPError extends Error {
  override readonly name = 'DreamLIPError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(presentable(message), options && 'cause' in options ? { cause: presentableCause(options.cause) } : undefined)
  }
}

function presentable(message: string): string {
  return shorten(oneLine(message), longestMessage)
}

/** Node prints causes below an error: one that is too long for a screen is replaced by what it says in short. */
function presentableCause(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause.message.length <= longestMessage) return cause
  return Object.assign(new Error(presentable(cause.message)), { name: cause.name, stack: undefined })
}
