/** Calls that are recomputed for their gradients: results, order, and independence. */
import {
  add,
  concat,
  exp,
  memory,
  mul,
  square,
  sum,
  tensor1d,
  tidy,
  valueAndGrads,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/index'
import { recomputeInTurn } from '../../src/ops/recompute'
import { onEachBackend } from './backends'

/** Σ w · (x · y)² over calls that share x. */
function shared(x: Tensor, ...ys: Tensor[]): Scalar {
  const calls = ys.map((y) => ({ fn: (x: Tensor, y: Tensor) => square(mul(x, y)), inputs: [x, y] }))
  return sum(mul(recomputeInTurn(calls), tensor1d([1, 2, 3, 4, 5, 6])))
}

function plain(x: Tensor, ...ys: Tensor[]): Scalar {
  return sum(mul(concat(ys.map((y) => square(mul(x, y)))), tensor1d([1, 2, 3, 4, 5, 6])))
}

const values = [
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
]

onEachBackend(() => {
  it('has the values and gradients of the calls, those of a shared input added up', () => {
    const inputs = values.map((data) => tensor1d(data))
    const [ours, expected] = [shared, plain].map((fn) => {
      const { value, grads } = valueAndGrads(fn as (...x: Tensor[]) => Scalar)(inputs)
      return [value, ...grads].map((tensor) => [...tensor.dataSync()])
    })
    expect(ours).toEqual(expected)
  })

  it('frees everything that it allocated', () => {
    const inputs = values.map((data) => tensor1d(data))
    const before = memory().numTensors
    tidy(() => void valueAndGrads(shared as (...x: Tensor[]) => Scalar)(inputs))
    expect(memory().numTensors).toBe(before)
  })
})

describe('compiled', () => {
  it('keeps infinities and NaN of one call from affecting the others', async () => {
    const step = compile(
      ({ a, b, c }) => {
        const fn = (a: Tensor, b: Tensor, c: Tensor) => {
          const calls = [a, b, c].map((x) => ({ fn: (x: Tensor) => exp(add(x, 0)), inputs: [x] }))
          return sum(recomputeInTurn(calls)) as Scalar
        }
        const { value, grads } = valueAndGrads(fn as (...x: Tensor[]) => Scalar)([a, b, c])
        return { value, a: grads[0]!, b: grads[1]!, c: grads[2]! }
      },
      { a: { shape: [1] }, b: { shape: [1] }, c: { shape: [1] } },
      { device: 'cpu', runtime: 'compiled' },
    )
    const { a, b, c } = await step({ a: Float32Array.of(1), b: Float32Array.of(1000), c: Float32Array.of(NaN) })
    expect(a.data[0]).toBeCloseTo(Math.E, 5)
    expect(b.data[0]).toBe(Infinity)
    expect(c.data[0]).toBeNaN()
    step.dispose()
  })
})
