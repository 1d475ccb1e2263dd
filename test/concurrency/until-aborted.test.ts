import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { untilAborted } from '../../src/concurrency/until-aborted'

const never = new Promise<string>(() => undefined)

describe('untilAborted', () => {
  it('gives what the promise gives, with one listener on the signal however often it waits', async () => {
    const { signal } = new AbortController()
    for (let i = 0; i < 20; i++) expect(await untilAborted(signal, Promise.resolve('done'))).toBe('done')
    await expect(untilAborted(signal, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  })

  it('gives nothing once the signal is aborted, before or while it waits', async () => {
    const abort = new AbortController()
    const waiting = untilAborted(abort.signal, never)
    abort.abort()
    expect(await waiting).toBeUndefined()
    expect(await untilAborted(abort.signal, never)).toBeUndefined()
  })
})
