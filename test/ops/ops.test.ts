import { readFileSync } from 'node:fs'
import {
  grads,
  memory,
  tensor,
  tensor2d,
  tensor3d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { attention } from '../../src/ops/layers/attention'
import { embedding } from '../../src/ops/layers/embedding'
import { gelu, quickGelu, tanhGelu } from '../../src/ops/layers/gelu'
import { l2Normalize } from '../../src/ops/layers/l2-normalize'
import { layerNorm } from '../../src/ops/layers/layer-norm'
import { linear } from '../../src/ops/layers/linear'
import { batchMatMul } from '../../src/ops/matmul'
import { entry, splitLast } from '../../src/ops/pieces'
import { onEachBackend } from './backends'

interface Values {
  shape: number[]
  data: number[]
}
interface Golden {
  inputs: Values[]
  output: Values
  dy: Values
  gradients: Values[]
}

const goldens = JSON.parse(readFileSync('test/fixtures/ops/ops.json', 'utf8')) as Record<string, Golden>

const causal = () => tensor2d([0, -3e4, -3e4, -3e4, 0, 0, -3e4, -3e4, 0, 0, 0, -3e4, 0, 0, 0, 0], [4, 4])
const ids = () => tensor2d([1, 1, 3, 0, 5, 1], [2, 3], 'int32')

/** The op of each golden case. */
const ops: Record<string, (...inputs: never[]) => Tensor> = {
  linear: (x: Tensor3D, weight: Tensor2D, bias: Tensor1D) => linear(x, weight, bias),
  layerNorm: (x: Tensor, weight: Tensor1D, bias: Tensor1D) => layerNorm(x, weight, bias),
  gelu: (x: Tensor) => gelu(x),
  quickGelu: (x: Tensor) => quickGelu(x),
  l2Normalize: (x: Tensor) => l2Normalize(x),
  attention: (q: Tensor3D, k: Tensor3D, v: Tensor3D) => attention(q, k, v, 2),
  causalAttention: (q: Tensor3D, k: Tensor3D, v: Tensor3D) => attention(q, k, v, 2, causal()),
  embedding: (table: Tensor2D) => embedding(table, ids()),
  batchMatMul: (a: Tensor3D, b: Tensor3D) => batchMatMul(a, b),
}

const toTensor = ({ data, shape }: Values) => tensor(data, shape)

onEachBackend(() => {
  describe.each(Object.keys(goldens))('%s', (name) => {
    const golden = goldens[name]!
    const op = ops[name] as (...inputs: Tensor[]) => Tensor

    it("gives PyTorch's values", () => {
      const output = tidy(() => op(...golden.inputs.map(toTensor)))
      expect(output.shape).toEqual(golden.output.shape)
      expectClose(output, golden.output)
      output.dispose()
    })

    it("gives PyTorch's gradients", () => {
      const gradients = tidy(() => grads(op)(golden.inputs.map(toTensor), toTensor(golden.dy)))
      golden.gradients.forEach((expected, i) => expectClose(gradients[i]!, expected))
      gradients.forEach((gradient) => gradient.dispose())
    })

    it('leaves no tensor behind in a tidy', () => {
      const before = memory().numTensors
      tidy(() => op(...golden.inputs.map(toTensor))).dispose()
      expect(memory().numTensors).toBe(before)
    })
  })

  describe('entry', () => {
    it('is one entry of a batch, and its gradient is zero elsewhere', () => {
      const x = tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 2, 2])
      expect(entry(x, 1).arraySync()).toEqual([
        [5, 6],
        [7, 8],
      ])
      const [gradient] = grads((whole) => entry(whole as Tensor3D, 1))([x], tensor2d([1, 2, 3, 4], [2, 2]))
      expect([...gradient!.dataSync()]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0])
    })
  })

  describe('splitLast', () => {
    it('cuts the last axis into neighbouring parts, and its gradient puts them together again', () => {
      const x = tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 1, 6])
      expect(splitLast(x, 3).map((part) => part.arraySync())).toEqual([
        [[[1, 2]], [[7, 8]]],
        [[[3, 4]], [[9, 10]]],
        [[[5, 6]], [[11, 12]]],
      ])
      const [gradient] = grads((whole) => splitLast(whole as Tensor3D, 3)[1]!)([x], tensor3d([1, 2, 3, 4], [2, 1, 2]))
      expect([...gradient!.dataSync()]).toEqual([0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0])
    })
  })

  it('computes GELU’s approximation by tanh, and its gradient', () => {
    const values = [-8, -3, -1.5, -0.75, -0.1, 0, 0.1, 0.75, 1.5, 3, 8]
    const exact = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    const slope = (x: number) => (exact(x + 1e-5) - exact(x - 1e-5)) / 2e-5
    const x = tensor2d(values, [1, values.length])
    const close = (actual: Tensor, expected: number[]) =>
      actual.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
    close(tanhGelu(x), values.map(exact))
    close(grads((given) => tanhGelu(given as Tensor))([x])[0]!, values.map(slope))
  })

  it('normalises a zero vector to zero', () => {
    expect([...l2Normalize(tensor2d([0, 0, 3, 4], [2, 2])).dataSync()].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([
      0, 0, 0.6, 0.8,
    ])
  })

  it('gives masked tokens no weight at all, whatever their values', () => {
    const golden = goldens.causalAttention!
    const [q, k, v] = golden.inputs.map(toTensor) as [Tensor3D, Tensor3D, Tensor3D]
    const changed = tensor3d(
      [...v.dataSync()].map((value, i) => (i % 32 >= 24 ? 1e6 : value)),
      [2, 4, 8],
    )
    const before = attention(q, k, v, 2, causal()).arraySync()
    const after = attention(q, k, changed, 2, causal()).arraySync()
    expect(after.map((tokens) => tokens.slice(0, 3))).toEqual(before.map((tokens) => tokens.slice(0, 3)))
  })
})

/** Within 2e-6 of the value, or of 1 for smaller values. */
function expectClose(actual: Tensor, expected: Values): void {
  actual.dataSync().forEach((value, i) => {
    const wanted = expected.data[i]!
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(wanted)))
  })
  expect(actual.size).toBe(expected.data.length)
}
