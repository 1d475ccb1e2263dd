import { afterEach, describe, expect, it, vi } from 'vitest'
import { neededSource, underPolicy, type Violation } from '../src/content-policy'

const violation = (effectiveDirective: string, blockedURI: string, disposition = 'enforce'): Violation => {
  return { effectiveDirective, blockedURI, disposition }
}

describe('neededSource', () => {
  it.each([
    ['script-src', 'wasm-eval', "'wasm-unsafe-eval' in script-src"],
    ['connect-src', 'blob', 'blob: in connect-src'],
    ['connect-src', 'blob:https://here.example/1234', 'blob: in connect-src'],
    ['connect-src', 'data', 'data: in connect-src'],
    ['connect-src', 'https://here.example/a/b.wasm', "'self' in connect-src"],
    ['connect-src', 'https://cdn.example:8443/a/b.wasm', 'https://cdn.example:8443 in connect-src'],
    ['worker-src', 'https://here.example/worker.js', "'self' in worker-src"],
    ['script-src-elem', 'https://cdn.example/chunk.js', 'https://cdn.example in script-src'],
  ])('says for %s and %s: %s', (directive, blocked, expected) => {
    expect(neededSource(violation(directive, blocked), 'https://here.example')).toBe(expected)
  })
})

describe('underPolicy', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** A page in which the given violations happen when `happen` is called. */
  function page(...violations: readonly Violation[]) {
    const listeners = new Set<(violation: Violation) => void>()
    vi.stubGlobal('addEventListener', (_: string, listener: (violation: Violation) => void) => listeners.add(listener))
    vi.stubGlobal('removeEventListener', (_: string, listener: (violation: Violation) => void) => listeners.delete(listener)) // prettier-ignore
    const happen = () => violations.forEach((violation) => listeners.forEach((listener) => listener(violation)))
    return { happen, listeners }
  }

  const fails = (happen = () => {}) => {
    return async () => {
      happen()
      throw new TypeError('Failed to fetch')
    }
  }
  const all = () => true

  it('is nothing but the work outside of pages', async () => {
    expect(await underPolicy(async () => 3, all)).toBe(3)
    await expect(underPolicy(fails(), all)).rejects.toThrow(/^Failed to fetch$/)
  })

  it('says once each what the policy has to allow', async () => {
    const wasm = violation('script-src', 'wasm-eval')
    const { happen, listeners } = page(wasm, wasm, violation('connect-src', 'blob'))
    const message = "the page's Content-Security-Policy blocks it: allow 'wasm-unsafe-eval' in script-src and blob: in connect-src" // prettier-ignore
    await expect(underPolicy(fails(happen), all)).rejects.toMatchObject({ message, remedy: 'extend the policy' })
    expect(listeners.size).toBe(0)
  })

  it('waits a turn for events that come after the failure', async () => {
    const { happen } = page(violation('connect-src', 'blob'))
    await expect(
      underPolicy(
        fails(() => void setTimeout(happen, 0)),
        all,
      ),
    ).rejects.toThrow('blob: in connect-src')
  })

  it('ignores violations that are only reported, or that other code caused', async () => {
    const { happen } = page(violation('connect-src', 'blob', 'report'), violation('img-src', 'data'))
    const concerns = ({ effectiveDirective }: Violation) => effectiveDirective !== 'img-src'
    await expect(underPolicy(fails(happen), concerns)).rejects.toThrow(/^Failed to fetch$/)
  })

  it('does not mind a violation without a failure', async () => {
    const { happen, listeners } = page(violation('connect-src', 'blob'))
    expect(await underPolicy(async () => (happen(), 3), all)).toBe(3)
    expect(listeners.size).toBe(0)
  })

  it('ends work that waits for a blocked worker', async () => {
    const { happen } = page(violation('worker-src', 'https://cdn.example/worker.js'))
    const waits = () => (setTimeout(happen, 0), new Promise<never>(() => undefined))
    await expect(underPolicy(waits, all)).rejects.toThrow('allow https://cdn.example in worker-src')
  })
})
