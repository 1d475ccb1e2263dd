/** Starts code that compiles WASM in a page whose Content-Security-Policy may block it. */
import { underPolicy, type Violation } from '../content-policy'
import { warn } from '../warn'
import type { Candidate } from './candidate'

/** @throws Error that names the policy if it is the cause, otherwise the error of `start` */
export function startWasm<T>(start: () => Promise<T>): Promise<T> {
  return underPolicy(start, isOfStart)
}

/** Compiling, fetching the binary and starting threads may each violate a policy. */
function isOfStart({ effectiveDirective, blockedURI }: Violation): boolean {
  return (
    blockedURI === 'wasm-eval' ||
    effectiveDirective === 'worker-src' ||
    (effectiveDirective === 'connect-src' && /^blob|\.wasm\b/.test(blockedURI))
  )
}

let warned = false

/** Warns once per page when models run without WASM and without a GPU (docs/devices.md has the measurements). */
export function warnOfSlowness(chosen: Pick<Candidate, 'device' | 'backend'>, error: unknown): void {
  if (chosen.device !== 'cpu' || warned) return
  warned = true
  const reason = error instanceof Error ? error.message : String(error)
  warn(`WASM cannot be used (${reason}): models run on ${chosen.backend}, more than 30 times slower.`)
}
