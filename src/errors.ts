/** The only error class of the package: a message for people, and a stable code for programs. */
import { oneLine, shorten } from './printable'

/**
 * Every code that the package throws. The meaning of a code never changes; the wording of messages may.
 * The comments below say what each code means. docs/errors.md also says what to do.
 */
export type ErrorCode =
  // Arguments
  | 'INVALID_ARGUMENT' // an argument or option has the wrong type, range or shape
  | 'INVALID_CONFIG' // a model config is unknown, incomplete or inconsistent
  | 'QUEUE_FULL' // more images or texts wait for a model than its queue accepts
  | 'DISPOSED' // a model was used after dispose()
  // Devices
  | 'DEVICE_UNAVAILABLE' // the requested device is not available on this machine
  | 'MISSING_DEPENDENCY' // an optional package (sharp, …) is needed and not installed
  | 'DEPENDENCY_CONFLICT' // two versions of a package are loaded that share one engine
  | 'DEPENDENCY_UNSUPPORTED' // a package has a version or a setting that this package does not work with
  | 'NOT_RECORDABLE' // a function passed to compile() reads values, or uses an op that cannot be compiled
  | 'RUN_FAILED' // ONNX Runtime rejected a graph or ran out of memory
  | 'READ_ASYNC' // values were read synchronously from a device that only allows asynchronous reads
  | 'WORKER_FAILED' // a worker thread ended before it finished, or could not be started
  // Training
  | 'TRAINING_DIVERGED' // gradients were NaN or infinite in several steps in a row
  | 'DATA_CHANGED' // a run was resumed with other data, or with another model, than it started with
  | 'CHECKPOINT_INVALID' // all checkpoints of a run, or that of `continueFrom`, are damaged or incomplete
  | 'DATA_EMPTY' // the data has too few usable samples for one batch
  // Bytes
  | 'SOURCE_UNREADABLE' // a file or Blob is missing or cannot be read
  | 'HTTP_STATUS' // a server refused the request, and retries did not help
  | 'HTTP_PROTOCOL' // a server answered a range request incorrectly
  | 'HTTP_CHANGED' // a file changed on the server while it was being read
  | 'DOWNLOAD_REFUSED' // a server sent a page instead of the file: quota, login, error
  | 'CHECKSUM_MISMATCH' // a downloaded file does not have the expected checksum
  | 'OUT_OF_RANGE' // a file is shorter than its own header says
  | 'WRITE_FAILED' // a file could not be written
  | 'IN_USE' // another process is writing to the folder
  | 'OUTPUT_MISMATCH' // an output holds the work of another model, of other data, or of other settings
  // Search
  | 'INDEX_INVALID' // an index of vectors is damaged, or a later version wrote it
  | 'INDEX_MISMATCH' // an index has vectors of another width or model
  // Images
  | 'IMAGE_INVALID' // an image is damaged or of an unknown format, or the file is not an image
  | 'IMAGE_TOO_LARGE' // an image has more pixels than the package decodes
  // Searches
  | 'QUERY_INVALID' // a query for images contains no words, is too long, or is a sum that cannot be read
  // Checkpoints
  | 'FORMAT_UNKNOWN' // the bytes are not a checkpoint
  | 'ZIP_INVALID' // an archive is damaged, forged or ambiguous
  | 'PICKLE_INVALID' // a pickle is damaged or asks for more than a checkpoint needs
  | 'PICKLE_FORBIDDEN' // a pickle names a function or class that is not on the allow-list
  | 'TENSOR_INVALID' // a tensor's type, shape, strides or bytes are inconsistent
  | 'SAFETENSORS_INVALID' // a safetensors file breaks the rules of the format
  | 'NPY_INVALID' // a .npy file is damaged, or contains something other than rows of floating-point numbers
  | 'CHECKPOINT_MISMATCH' // tensors are missing or unexpected, or their shapes differ from the config
  // Training data
  | 'DATA_INVALID' // the files of a data set are not in a supported format, or a column is missing
  | 'DATA_BROKEN' // more samples could not be used than the caller allows

/** Longer messages are shortened: a name in a hostile file must not fill more than one screen of 25 lines. */
const longestMessage = 2000

/**
 * An error with a stable `code`, thrown for every wrong input that the package recognises.
 *
 * Its message is one line of at most about 2,000 characters. The middle of a longer message is left out, and control characters
 * are written as escapes, so a name in a hostile file can neither flood a screen nor rewrite it.
 */
export class DreamLIPError extends Error {
  override readonly name = 'DreamLIPError'
  /** The index of the element of a list that is the cause: 3 for `images[3]`. Set if the caller passed a list, and one element is the cause. */
  declare readonly index?: number

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly index?: number } = {},
  ) {
    super(presentable(message), 'cause' in options ? { cause: presentableCause(options.cause) } : undefined)
    if (options.index !== undefined) this.index = options.index
  }
}

/** The same error, about one element of a list; `prefix` names the element if the message does not. */
export function atIndex(error: unknown, index: number, prefix = ''): unknown {
  if (!(error instanceof DreamLIPError)) return error
  const cause = 'cause' in error ? { cause: error.cause } : {}
  return new DreamLIPError(error.code, prefix + error.message, { ...cause, index })
}

function presentable(message: string): string {
  return shorten(oneLine(message), longestMessage)
}

/** Node prints the cause below an error, so a cause with a long message is replaced by a shortened copy. */
function presentableCause(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause.message.length <= longestMessage) return cause
  return Object.assign(new Error(presentable(cause.message)), { name: cause.name, stack: undefined })
}
