import { describe, expect, it } from 'vitest'
import { minimize } from '../../../src/evaluation/probe/lbfgs'

const limits = { maxIterations: 1000, tolerance: 1e-9 }

/** Rosenbrock's valley in pairs of variables; its minimum is 0 where all are 1. */
const valley = (x: Float64Array, gradient: Float64Array) => {
  let value = 0
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [1 - x[i]!, x[i + 1]! - x[i]! ** 2]
    value += a ** 2 + 100 * b ** 2
    gradient[i] = -2 * a - 400 * x[i]! * b
    gradient[i + 1] = 200 * b
  }
  return Promise.resolve(value)
}

describe('minimize', () => {
  it('finds the end of a curved valley', async () => {
    const { x, value, converged } = await minimize(valley, new Float64Array(8).fill(-1.2), limits)
    expect(converged).toBe(true)
    expect(value).toBeLessThan(1e-15)
    for (const own of x) expect(own).toBeCloseTo(1, 8)
  })

  it('solves a badly scaled bowl exactly', async () => {
    const bowl = (x: Float64Array, gradient: Float64Array) => {
      gradient.set(x.map((own, i) => 10 ** i * (own - i)))
      return Promise.resolve(x.reduce((sum, own, i) => sum + (10 ** i * (own - i) ** 2) / 2, 0))
    }
    const { x } = await minimize(bowl, new Float64Array(6), limits)
    x.forEach((own, i) => expect(own).toBeCloseTo(i, 9))
  })

  it('says if the iterations did not suffice, and stays where the gradient is zero', async () => {
    const short = await minimize(valley, new Float64Array(2).fill(-1.2), { ...limits, maxIterations: 3 })
    expect(short).toMatchObject({ iterations: 3, converged: false })
    const there = await minimize(valley, new Float64Array(2).fill(1), limits)
    expect(there).toMatchObject({ iterations: 0, converged: true, value: 0 })
  })

  it('ends where the value cannot be lowered', async () => {
    const flat = (_: Float64Array, gradient: Float64Array) => (gradient.fill(1), Promise.resolve(5))
    expect(await minimize(flat, new Float64Array(2), limits)).toMatchObject({ value: 5, iterations: 0 })
  })
})
