import { describe, expect, it } from 'vitest'
import { boundedThread, OutOfBounds } from '../../src/concurrency/deadline.node.ts'

const file = new URL('./deadline-worker.ts', import.meta.url)
const bounds = { milliseconds: 1000, bytes: 400 * 1024 ** 2 }

describe('boundedThread', () => {
  const run = boundedThread<string, number>('deadline-worker', () => file)

  it('gives the answer, or the error of the work', async () => {
    expect(await run('answer', bounds)).toBe(42)
    await expect(run('fail', bounds)).rejects.toThrow('it failed')
    expect(await run('answer', bounds)).toBe(42)
  })

  it.each([
    ['hangs', 'hang', 'no answer within 1000 ms'],
    ['lets an array grow without end', 'grow', 'more than 400 MB of memory'],
    ['fills memory outside of the heap', 'fill', 'more than 400 MB of memory'],
    ['ends its thread', 'crash', 'exit code 7'],
  ])('ends work that %s, and continues with the next', async (_, deed, message) => {
    const failure = run(deed, { ...bounds, ...(deed !== 'hang' && { milliseconds: 60_000 }) })
    const next = run('answer', bounds)
    await expect(failure).rejects.toThrow(OutOfBounds)
    await expect(failure).rejects.toThrow(message)
    expect(await next).toBe(42)
  })

  it('ends work that is aborted, however busy it is', async () => {
    const stop = new AbortController()
    const failure = run('hang', { ...bounds, milliseconds: 60_000 }, stop.signal)
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(failure).rejects.toThrow('enough')
    expect(await run('answer', bounds)).toBe(42)
    await expect(run('answer', bounds, stop.signal)).rejects.toThrow('enough')
  })

  it.each([
    ['is missing', undefined],
    ['does not load', new URL('./no-such-worker.mjs', import.meta.url)],
  ])('says what to do if its file %s', async (_, missing) => {
    const other = boundedThread<string, number>('lost-worker', () => missing)
    await expect(other('answer', bounds)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(/^lost-worker: .*bundle/),
    })
  })
})
