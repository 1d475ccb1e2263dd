/** Errors on their way between threads. */
import { DreamLIPError } from '../errors'
import type { PortableError } from './worker-port'

/** An error in a form that can be sent. */
export function portableError(error: unknown): PortableError {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error))
  const { index } = (error ?? {}) as { index?: unknown }
  return {
    name,
    message,
    code: error instanceof DreamLIPError ? error.code : undefined,
    index: typeof index === 'number' ? index : undefined,
    cause: cause instanceof Error ? portableError(cause) : undefined,
  }
}

/** The error that was sent. */
export function receivedError({ name, message, code, index, cause }: PortableError): Error {
  const options = cause === undefined ? undefined : { cause: receivedError(cause) }
  const error = code ? new DreamLIPError(code, message, options) : new Error(message, options)
  return Object.assign(error, code ? {} : { name }, index === undefined ? {} : { index })
}
