/** Checks whether one of ONNX Runtime's providers works here. */
import { add } from '@tensorflow/tfjs-core'
import { record } from '../../../compile/record/recorder'
import { encodeModel } from '../../../compile/onnx'
import type { OnnxRuntime } from './provider'
import { backendsStarted } from '../../start-backend'

/** Runs a tiny graph. @throws Error if the provider cannot be loaded, or returns a wrong result */
export async function checkProvider(ort: OnnxRuntime, provider: string): Promise<void> {
  await backendsStarted()
  const graph = record(({ x }) => ({ y: add(x!, 1) }), { x: { shape: [1], dtype: 'float32' } }, 'onnx')
  const session = await ort.InferenceSession.create(encodeModel(graph), { executionProviders: [provider] })
  try {
    const { y } = await session.run({ x: new ort.Tensor('float32', [2], [1]) })
    if ((y!.data as Float32Array)[0] !== 3) throw new Error(`2 + 1 gave ${String(y!.data)}`)
  } finally {
    await session.release()
  }
}
