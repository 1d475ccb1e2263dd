/** Workers of browsers. */
import { blockedWithout, neededSource } from '../../content-policy'
import type { WorkerPort } from './worker-port'

/**
 * The connection to a worker.
 * @param advice what to do if its file does not load; browsers do not say why
 */
export function webWorkerPort(worker: Worker, advice: string): WorkerPort {
  const refused = watchPolicy()
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen(onMessage, onEnd) {
      let ended = false
      const end = (reason: string, cause?: unknown) => {
        if (ended) return
        ended = true
        worker.terminate()
        onEnd(reason, cause)
      }
      worker.addEventListener('message', ({ data }) => {
        refused.stop()
        onMessage(data)
      })
      worker.addEventListener('messageerror', () => end('a message could not be read'))
      worker.addEventListener('error', (event) => {
        event.preventDefault()
        // An event without a message means that the file did not load.
        const { message = '', filename = '' } = event as Partial<ErrorEvent>
        const policy = refused.stop()
        end(policy ?? (message ? `${message} (${filename})` : `its file did not load. ${advice}`))
      })
    },
    hold: () => undefined,
    async end() {
      worker.terminate()
    },
  }
}

/** Detects a Content-Security-Policy that refuses the worker, because the worker's own event only says that it failed. */
function watchPolicy(): { stop(): string | undefined } {
  let refusal: string | undefined
  const listen = (violation: SecurityPolicyViolationEvent) => {
    if (!/^(worker|script|child|default)-src/.test(violation.effectiveDirective)) return
    refusal = blockedWithout([neededSource(violation, location.origin)])
  }
  const { document } = globalThis as { document?: Document }
  document?.addEventListener('securitypolicyviolation', listen)
  return {
    stop() {
      document?.removeEventListener('securitypolicyviolation', listen)
      return refusal
    },
  }
}
