/** Converts LanceDB's errors, which have no codes. */
import { DreamLIPError, type ErrorCode } from '../../errors'

/** Runs a LanceDB operation. `done` completes "could not be …". @throws DreamLIPError with the code; the signal's reason */
export async function saying<T>(
  [name, code, done]: readonly [name: string, code: ErrorCode, done: string],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (cause) {
    signal?.throwIfAborted()
    if (!(cause instanceof Error) || cause instanceof DreamLIPError) throw cause
    throw new DreamLIPError(code, `${name}: could not be ${done} by LanceDB: ${cause.message}.`, { cause })
  }
}
