/** Checks whether one of ONNX Runtime's providers works here, and how it computes. */
import { createGraphBuilder, finish } from '../../compile/graph'
import { linear } from '../../compile/kernels/products/linear'
import { encodeModel } from '../../compile/onnx'
import { placeInputs } from '../../compile/record/place-inputs'
import { ortTensor, valuesOf } from './arrays/ort-tensor'
import type { OnnxRuntime, Provider } from './providers/provider'

/** As many terms as a processor adds at once, or more. */
const inputs = 64
const largest = 127

/**
 * Runs a tiny graph: a product of the largest 8-bit integers, in an integer form that some processors clip, and in floats.
 * @returns whether the provider clips such products
 * @throws Error if the provider cannot be loaded, or returns a wrong product of floats
 */
export async function checkProvider(ort: OnnxRuntime, provider: string): Promise<Pick<Provider, 'clips'>> {
  const session = await ort.InferenceSession.create(twoProducts(), { executionProviders: [provider] })
  const float = (value: number, shape: number[]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(value)
    return ortTensor(ort, { type: 'float32', data, shape })
  }
  try {
    const { integers, floats } = await session.run({
      x: float(2, [2, inputs]),
      weight: float(1, [1, inputs]),
      quantized: ortTensor(ort, { type: 'int8', data: new Int8Array(inputs).fill(largest), shape: [inputs, 1] }),
      'quantized.scales': float(1 / largest, [1]),
    })
    const [product, rounded] = [valuesOf(floats!)[0]!, valuesOf(integers!)[0]!]
    if (product !== 2 * inputs) throw new Error(`${inputs} · 2 gave ${product}`)
    return { clips: rounded < 0.99 * product }
  } finally {
    await session.release()
  }
}

/** `[2, inputs] × [1, inputs] → [2, 1]`, twice */
function twoProducts(): Uint8Array {
  const graph = createGraphBuilder()
  const placed = placeInputs(graph, {
    x: { shape: [2, inputs], dtype: 'float32' },
    weight: { shape: [1, inputs], dtype: 'float32' },
    quantized: { shape: [1, inputs], dtype: 'float32', storage: 'int8' },
  })
  const { x, weight, quantized } = placed.operands
  const products = [
    { name: 'floats', operand: linear(graph, x!, weight!) },
    { name: 'integers', operand: linear(graph, x!, quantized!) },
  ]
  return encodeModel(finish(graph, [...placed.inputs.values()], products))
}
