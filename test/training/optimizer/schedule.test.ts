import { describe, expect, it } from 'vitest'
import { createSchedule, type ScheduleOptions } from '../../../src/training/optimizer/schedule'

const rates = (options: ScheduleOptions, total: number) =>
  Array.from({ length: total }, (_, step) => createSchedule(options, total)(step))

describe('createSchedule', () => {
  it('warms up linearly, and starts above 0', () => {
    expect(rates({ kind: 'constant', learningRate: 1, warmup: 4 }, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
  })

  it('falls as a cosine from the end of the warm-up to the end of the run', () => {
    const [, top, , middle, , last] = rates({ learningRate: 2, warmup: 1 }, 5 + 1)
    expect(top).toBe(2)
    expect(middle).toBeCloseTo(1 + Math.cos(Math.PI * 0.4))
    expect(last).toBeCloseTo(1 + Math.cos(Math.PI * 0.8))
  })

  it('cools down at the end, linearly or by a power', () => {
    const options = { kind: 'constant-with-cooldown', learningRate: 1, warmup: 0, cooldown: 4 } as const
    expect(rates(options, 6)).toEqual([1, 1, 1, 0.75, 0.5, 0.25])
    expect(rates({ ...options, cooldownPower: 2, cooldownEnd: 0.2 }, 6)[5]).toBeCloseTo(0.2 + 0.8 * 0.0625)
  })

  it('warms up over the reference’s 10,000 steps, or over a tenth of a shorter run', () => {
    expect(createSchedule({ learningRate: 1 }, 1_000_000)(4_999)).toBeCloseTo(0.5)
    expect(createSchedule({ learningRate: 1 }, 100)(4)).toBeCloseTo(0.5)
  })

  it.each([
    [{ learningRate: 0 }, /schedule\.learningRate: expected a number above 0; got 0/],
    [{ warmup: 1.5 }, /schedule\.warmup/],
    [{ cooldown: -1 }, /schedule\.cooldown/],
    [{ kind: 'exponential' as 'cosine' }, /schedule\.kind: expected one of cosine, constant, constant-with-cooldown/],
  ])('refuses %j', (options, message) => {
    expect(() => createSchedule(options, 10)).toThrow(message)
  })
})
