/** Weights in the memory of a device: each is sent there once, and shared by all sessions that use it. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { encodeModel } from '../../../compile/onnx'
import { ortTensor } from './ort-tensor'
import type { StoredArray } from './parameters'
import { record } from '../../../compile/record/recorder'
import type { OnnxRuntime } from '../providers/provider'
import { backendsStarted } from '../../start-backend'

export interface DeviceMemory {
  /** Returns the array on the device, and sends it again if its version has changed. */
  hold(array: StoredArray, version: string): Promise<HeldWeight>
}

/** An array on the device. It is kept until all of its users have released it. */
export interface HeldWeight {
  readonly tensor: OrtTensor
  release(): void
}

interface Sent {
  readonly version: string
  readonly tensor: Promise<OrtTensor>
  holders: number
}

/** @param provider the execution provider of the device; arrays must be float32 */
export function createDeviceMemory(ort: OnnxRuntime, provider: string): DeviceMemory {
  // The senders own the buffers, and releasing a sender frees them.
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

/** A session that copies its input to the device and keeps the copy there. */
async function createSender(ort: OnnxRuntime, provider: string, shape: readonly number[]): Promise<InferenceSession> {
  await backendsStarted()
  const graph = record(({ given }) => ({ sent: given! }), { given: { shape, dtype: 'float32' } }, 'onnx')
  return ort.InferenceSession.create(encodeModel(graph), {
    executionProviders: [provider],
    preferredOutputLocation: 'gpu-buffer',
    logSeverityLevel: 3,
  })
}
