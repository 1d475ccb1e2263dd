/** Finds out what a page's Content-Security-Policy blocks, because the errors that follow do not say so. */

/** A violation as the browser reports it: a part of SecurityPolicyViolationEvent. */
export interface Violation {
  /** Such as `connect-src`. */
  readonly effectiveDirective: string
  /** A URL, a scheme (`blob`) or a keyword (`wasm-eval`). */
  readonly blockedURI: string
  /** `report` if nothing was blocked. */
  readonly disposition: string
}

type Listening = (type: 'securitypolicyviolation', listener: (violation: Violation) => void) => void

/** A page or worker. There are no policies elsewhere. */
type Scope = { addEventListener?: Listening; removeEventListener?: Listening; location?: { origin: string } }

/**
 * Runs work that a policy may block. If it fails after a violation, the error says what the policy must allow. A blocked worker ends
 * the work at once, because libraries would wait forever for its first message.
 * @param concerns whether a violation was caused by this work, and not by other code of the page
 * @throws Error with a `remedy` after a violation, else what `work` throws
 */
export async function underPolicy<T>(work: () => Promise<T>, concerns: (violation: Violation) => boolean): Promise<T> {
  const scope = globalThis as Scope
  if (!scope.addEventListener) return work()
  const sources = new Set<string>()
  let stop = (_: Error): void => undefined
  const stopped = new Promise<never>((_, reject) => (stop = reject))
  const note = (violation: Violation) => {
    if (violation.disposition !== 'enforce' || !concerns(violation)) return
    sources.add(neededSource(violation, scope.location?.origin))
    if (violation.effectiveDirective === 'worker-src') stop(new Error('a worker was blocked'))
  }
  scope.addEventListener('securitypolicyviolation', note)
  try {
    return await Promise.race([work(), stopped])
  } catch (cause) {
    await new Promise((resolve) => setTimeout(resolve, 0)) // the events arrive one turn of the event loop after the failure
    if (sources.size === 0) throw cause
    throw Object.assign(new Error(blockedWithout(sources), { cause }), { remedy: 'extend the policy' })
  } finally {
    scope.removeEventListener?.('securitypolicyviolation', note)
  }
}

/** The text of an error about a policy without these sources. */
export function blockedWithout(sources: Iterable<string>): string {
  return `the page's Content-Security-Policy blocks it: allow ${[...sources].join(' and ')}`
}

/** The source that would allow the blocked request, such as `blob: in connect-src`. */
export function neededSource({ effectiveDirective, blockedURI }: Violation, origin?: string): string {
  return `${sourceOf(blockedURI, origin)} in ${effectiveDirective.replace('-elem', '')}`
}

function sourceOf(blocked: string, origin: string | undefined): string {
  if (blocked === 'wasm-eval') return "'wasm-unsafe-eval'"
  const server = /^\w+:\/\/[^/]+/.exec(blocked)?.[0]
  if (server === undefined) return `${blocked.split(':')[0]!}:`
  return server === origin ? "'self'" : server
}
