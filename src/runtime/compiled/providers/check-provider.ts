/** Checks whether one of ONNX Runtime's providers works here, and how it computes. */
import { add, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { encodeModel } from '../../../compile/onnx'
import { record } from '../../../compile/record/recorder'
import { linear } from '../../../ops/layers/linear'
import { backendsStarted } from '../../start-backend'
import type { OnnxRuntime, Provider } from './provider'

/** As many terms as a processor adds at once, or more. */
const inputs = 64
const largest = 127

/**
 * Runs a tiny graph: a sum, and a product of the largest 8-bit integers.
 * @returns whether the provider clips such products
 * @throws Error if the provider cannot be loaded, or returns a wrong sum
 */
export async function checkProvider(ort: OnnxRuntime, provider: string): Promise<Pick<Provider, 'clips'>> {
  await backendsStarted()
  const graph = record(
    ({ x, weight, bias }) => ({
      sum: add(x!, 1),
      product: linear(x as Tensor3D, weight as Tensor2D, bias as Tensor1D), // [1, 2, inputs] × [1, inputs] → [1, 2, 1]
    }),
    {
      x: { shape: [1, 2, inputs], dtype: 'float32' },
      weight: { shape: [1, inputs], dtype: 'float32', storage: 'int8' },
      bias: { shape: [1], dtype: 'float32' },
    },
    'onnxruntime',
  )
  const session = await ort.InferenceSession.create(encodeModel(graph), { executionProviders: [provider] })
  const filled = (value: number, shape: number[]) =>
    new ort.Tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)).fill(value), shape)
  try {
    const { sum, product } = await session.run({
      x: filled(2, [1, 2, inputs]),
      weight: new ort.Tensor('int8', new Int8Array(inputs).fill(largest), [inputs, 1]),
      'weight.scales': filled(1 / largest, [1]),
      bias: filled(0, [1]),
    })
    const [first] = sum!.data as Float32Array
    if (first !== 3) throw new Error(`2 + 1 gave ${String(first)}`)
    const expected = 2 * inputs
    return { clips: (product!.data as Float32Array).some((value) => Math.abs(value - expected) > expected / 100) }
  } finally {
    await session.release()
  }
}
