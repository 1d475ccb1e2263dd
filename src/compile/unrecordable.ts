/** The error for functions that cannot be recorded. */
import { DreamLIPError } from '../errors'
import { callerLine, innermostFile } from './caller'

/** The file that this code runs from. */
const home = innermostFile(new Error().stack)

/** The number of tfjs's stack frames between a kernel and the line that called the op. Gradients call ops deep inside tfjs. */
const framesKept = 100

/** `NOT_RECORDABLE`, with the cause, the line of the function, and a remedy. */
export function unrecordable(what: string, remedy: string): DreamLIPError {
  const limit = Error as { stackTraceLimit?: number } // V8's; other engines ignore it
  const { stackTraceLimit } = limit
  limit.stackTraceLimit = framesKept
  const place = callerLine(new Error().stack, home)
  limit.stackTraceLimit = stackTraceLimit
  return new DreamLIPError('NOT_RECORDABLE', `compile: ${what}${place ? `, at ${place}` : ''}. ${remedy}`)
}
