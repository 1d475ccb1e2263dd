import fc from 'fast-check'
import { expect, it } from 'vitest'
import { limit } from '../../src/concurrency/limit'

it('runs at most the allowed number of calls at once, in order, and continues after failures', async () => {
  const calls = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), calls, async (atOnce, calls) => {
      let [running, most] = [0, 0]
      const started: number[] = []
      const limited = limit(atOnce, async (index: number) => {
        started.push(index)
        most = Math.max(most, ++running)
        for (let turn = 0; turn < calls[index]!.turns; turn++) await Promise.resolve()
        running--
        if (calls[index]!.fails) throw new Error(`call ${index}`)
        return index
      })
      const results = await Promise.allSettled(calls.map((_, index) => limited(index)))
      expect(most).toBe(Math.min(atOnce, calls.length))
      expect(started).toEqual(calls.map((_, index) => index))
      expect(results.map(({ status }) => status === 'rejected')).toEqual(calls.map(({ fails }) => fails))
    }),
  )
})
