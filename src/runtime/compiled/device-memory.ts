/** Weights in a device's own memory: each is sent there once, and shared by all sessions that take it. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { encodeModel } from '../../compile/onnx'
import { ortTensor } from './ort-tensor'
import type { StoredArray } from './parameters'
import { record } from '../../compile/record/recorder'
import type { OnnxRuntime } from './provider'
import { backendsStarted } from '../start-backend'

export interface DeviceMemory {
  /** The array on the device, sent again when its version is another than before. */
  hold(array: StoredArray, version: string): Promise<HeldWeight>
}

/** An array on the device: it stays there until everybody who holds it has released it. */
export interface HeldWeight {
  readonly tensor: OrtTensor
  release(): void
}

interface Sent {
  readonly version: string
  readonly tensor: Promise<OrtTensor>
  holders: number
}

/** @param provider the execution provider whose device it is; arrays are of type float32 */
export function createDeviceMemory(ort: OnnxRuntime, provider: string): DeviceMemory {
  // The buffers are theirs: a sender that is released takes them along.
  const senders = new Map<string, Promise<InferenceSession>>()
  const sent = new Map<StoredArray, Sent>()
  const senderOf = (shape: readonly number[]) => {
    const key = shape.join()
    const sender = senders.get(key) ?? createSender(ort, provider, shape)
    senders.set(key, sender)
    return sender
  }
  const send = async (array: StoredArray) => {
    const sender = await senderOf(array.shape)
    const results = await sender.run({ given: ortTensor(ort, array) })
    return results.sent!
  }
  return {
    async hold(array, version) {
      const known = sent.get(array)
      const entry = known?.version === version ? known : { version, tensor: send(array), holders: 0 }
      sent.set(array, entry)
      entry.holders++
      const tensor = await entry.tensor
      const release = () => {
        if (--entry.holders > 0) return
        tensor.dispose()
        if (sent.get(array) === entry) sent.delete(array)
      }
      return { tensor, release }
    },
  }
}

/** A session that copies what it is given, and leaves the copy on the device. */
async function createSender(ort: OnnxRuntime, provider: string, shape: readonly number[]): Promise<InferenceSession> {
  await backendsStarted()
  const graph = record(({ given }) => ({ sent: given! }), { given: { shape, dtype: 'float32' } }, 'onnx')
  return ort.InferenceSession.create(encodeModel(graph), {
    executionProviders: [provider],
    preferredOutputLocation: 'gpu-buffer',
    logSeverityLevel: 3,
  })
}
