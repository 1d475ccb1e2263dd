/** The eager runtime: model functions run op by op on a TensorFlow.js backend. */
import { getBackend, setBackend, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core'
import type { Device } from './device'

/** Values and shape of a tensor on the host. */
export interface HostArray {
  readonly data: Float32Array | Int32Array
  readonly shape: readonly number[]
}

type Named<T> = Readonly<Record<string, T>>

/** Runs functions of tensors on one device. It knows no model. */
export interface Runtime {
  readonly device: Device
  /** Puts values on the device, until the tensor is disposed. */
  place(values: HostArray): Tensor
  /** Gives `inputs` to `fn` as tensors and returns the values of the tensors that it returns; everything in between is freed. */
  run<Output extends string>(
    inputs: Named<HostArray>,
    fn: (inputs: Named<Tensor>) => Record<Output, Tensor>,
  ): Promise<Record<Output, Float32Array>>
}

/** A runtime on a device that `chooseDevice` has started. */
export function createEagerRuntime(device: Device): Runtime {
  const place = (values: HostArray) => onBackend(device.backend, () => toTensor(values))
  return {
    device,
    place,
    async run(inputs, fn) {
      await nextTurn()
      const outputs = onBackend(device.backend, () => tidy(() => fn(mapValues(inputs, toTensor))))
      try {
        return await readAll(outputs)
      } finally {
        Object.values<Tensor>(outputs).forEach((output) => output.dispose())
      }
    },
  }
}

/**
 * Lets the event loop turn once. Backends that compute at once (WASM, CPU) never wait for anything: in a long loop of runs no
 * interrupt, timer or click would get through otherwise, and no AbortSignal could be aborted.
 */
function nextTurn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve))
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

function toTensor({ data, shape }: HostArray): Tensor {
  return tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32')
}

/** Runs a synchronous function with a backend active, and restores the one before: several models can share the process. */
function onBackend<T>(backend: string, fn: () => T): T {
  const before = getBackend()
  if (before === backend) return fn()
  // A started backend is switched to before setBackend returns; its promise has nothing left to wait for.
  void setBackend(backend)
  try {
    return fn()
  } finally {
    if (before) void setBackend(before)
  }
}

async function readAll<Name extends string>(outputs: Record<Name, Tensor>): Promise<Record<Name, Float32Array>> {
  const entries = Object.entries<Tensor>(outputs)
  const values = await Promise.all(entries.map(([, output]) => output.data<'float32'>()))
  return Object.fromEntries(entries.map(([name], i) => [name, values[i]])) as Record<Name, Float32Array>
}

function mapValues<A, B>(record: Named<A>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]))
}
