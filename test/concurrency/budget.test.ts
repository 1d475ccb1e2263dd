import fc from 'fast-check'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createBudget } from '../../src/concurrency/budget'
import { threadCells } from '../../src/concurrency/workers/thread-cells.node.ts'
import { startWorkerThread } from '../../src/concurrency/workers/worker-thread.node.ts'

const sharedCells = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count))
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next))
}

describe('a budget', () => {
  it('never grants more than the total, and runs all work, even if some of it fails', async () => {
    const work = fc.record({
      holder: fc.nat(2),
      amount: fc.integer({ min: 1, max: 25 }),
      turns: fc.nat(3),
      fails: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 20 }), async (works) => {
        const cells = sharedCells(3)
        const budgets = [0, 1, 2].map((holder) => createBudget(cells, holder, 10))
        let held = 0
        const results = works.map(({ holder, amount, turns: count, fails }) =>
          budgets[holder]!(amount, async () => {
            // Work that needs more than the total runs alone.
            held += Math.min(amount, 10)
            expect(held).toBeLessThanOrEqual(10)
            await turns(count)
            held -= Math.min(amount, 10)
            if (fails) throw new Error('failed')
          }),
        )
        const settled = await Promise.allSettled(results)
        expect(settled.map(({ status }) => status === 'rejected')).toEqual(works.map(({ fails }) => fails))
        expect([...cells]).toEqual([0, 0, 0])
      }),
      { numRuns: 30 },
    )
  })

  it('does not start work that was aborted while it waited', async () => {
    const budget = createBudget(sharedCells(1), 0, 1)
    const controller = new AbortController()
    let release = () => {}
    const first = budget(1, () => new Promise<void>((resolve) => (release = resolve)))
    const second = budget(1, () => Promise.reject(new Error('began')), controller.signal)
    controller.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    release()
    await first
    await expect(budget(1, async () => 'free')).resolves.toBe('free')
  })

  it('is shared with worker threads, and gets back the share of a thread that died', async () => {
    const thread = startWorkerThread<number, number>(pathToFileURL(resolve('test/concurrency/workers/holds-budget.ts')))
    const holding = thread.run(7)
    const failure = expect(holding).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    while (!threadCells.cells.includes(7)) await turns(1)
    const budget = createBudget(threadCells.cells, threadCells.own, 8)
    await expect(budget(8, async () => thread.alive)).resolves.toBe(false)
    await failure
    expect(threadCells.cells.every((held) => held === 0)).toBe(true)
  })
})
