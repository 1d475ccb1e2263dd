/** Errors in a form that can be sent between threads. */
import { DreamLIPError, type ErrorCode } from '../../errors'
import type { PortableError } from './worker-port'

/** An error in a form that can be sent. */
export function portableError(error: unknown): PortableError {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error))
  const { code, index } = (error ?? {}) as { code?: unknown; index?: unknown }
  return {
    name,
    message,
    code: typeof code === 'string' ? code : undefined,
    index: typeof index === 'number' ? index : undefined,
    cause: cause instanceof Error ? portableError(cause) : undefined,
  }
}

/** The error that was sent. */
export function receivedError({ name, message, code, index, cause }: PortableError): Error {
  const options = cause === undefined ? undefined : { cause: receivedError(cause) }
  const facts = index === undefined ? {} : { index }
  if (name === 'DreamLIPError') return Object.assign(new DreamLIPError(code as ErrorCode, message, options), facts)
  return Object.assign(new Error(message, options), { name, ...(code !== undefined && { code }) }, facts)
}
