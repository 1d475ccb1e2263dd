import { describe, expect, it } from 'vitest'
import { sharedTask } from '../../src/concurrency/shared-task'

/** A task whose runs end when the test ends them. */
function controlled() {
  const runs: { signal: AbortSignal; report: (n: number) => void; end(): void; fail(error: Error): void }[] = []
  const task = sharedTask<number>((signal, report) => {
    const { promise, resolve, reject } = withResolvers()
    runs.push({ signal, report, end: resolve, fail: reject })
    return promise
  })
  return { task, runs }
}

function withResolvers() {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

describe('a shared task', () => {
  it('runs once for all callers, and not again after it has succeeded', async () => {
    const { task, runs } = controlled()
    const calls = [task.wait(), task.wait(), task.wait()]
    expect(task.done).toBe(false)
    runs[0]!.end()
    await Promise.all(calls)
    await task.wait()
    expect(task.done).toBe(true)
    expect(runs).toHaveLength(1)
  })

  it('fails for all callers, and runs again for the next', async () => {
    const { task, runs } = controlled()
    const calls = [task.wait(), task.wait()]
    runs[0]!.fail(new Error('broken'))
    for (const call of calls) await expect(call).rejects.toThrow('broken')
    const again = task.wait()
    runs[1]!.end()
    await again
  })

  it('goes on when one caller gives up, and is aborted when the last one does', async () => {
    const { task, runs } = controlled()
    const [first, second] = [new AbortController(), new AbortController()]
    const calls = [task.wait({ signal: first.signal }), task.wait({ signal: second.signal })]
    first.abort(new Error('first'))
    await expect(calls[0]).rejects.toThrow('first')
    expect(runs[0]!.signal.aborted).toBe(false)
    second.abort(new Error('second'))
    await expect(calls[1]).rejects.toThrow('second')
    expect(runs[0]!.signal.aborted).toBe(true)
  })

  it('does not mistake the end of an aborted run for that of the next', async () => {
    const { task, runs } = controlled()
    const controller = new AbortController()
    const given = task.wait({ signal: controller.signal })
    controller.abort()
    await expect(given).rejects.toMatchObject({ name: 'AbortError' })
    const next = task.wait()
    runs[0]!.fail(new Error('aborted'))
    runs[1]!.end()
    await next
    expect(runs).toHaveLength(2)
  })

  it('reports to all callers, and ends the waiting of one whose callback throws', async () => {
    const { task, runs } = controlled()
    const seen: number[] = []
    const broken = task.wait({
      onReport: () => {
        throw new Error('callback')
      },
    })
    const call = task.wait({ onReport: (n) => seen.push(n) })
    runs[0]!.report(1)
    await expect(broken).rejects.toThrow('callback')
    runs[0]!.report(2)
    runs[0]!.end()
    await call
    expect(seen).toEqual([1, 2])
  })

  it('rejects calls that wait and later ones once it is stopped', async () => {
    const { task, runs } = controlled()
    const call = task.wait()
    task.stop(new Error('stopped'))
    await expect(call).rejects.toThrow('stopped')
    await expect(task.wait()).rejects.toThrow('stopped')
    expect(runs[0]!.signal.aborted).toBe(true)
  })
})
