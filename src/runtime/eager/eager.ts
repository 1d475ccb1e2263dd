/** The eager runtime: model functions run op by op on a TensorFlow.js backend. */
import { getBackend, setBackend, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core'
import { nextTurn } from '../next-turn'
import { backendsStarted } from '../start-backend'
import { narrowToFloat16, widenFloat16 } from '../../half-precision'
import {
  dtypeOf,
  type Device,
  type HostArray,
  type Parameters,
  type Program,
  type Runtime,
  type UpdatingFunction,
} from '../runtime'

/** A runtime on a running tfjs backend. */
export function createEagerRuntime(device: Device, backend: string): Runtime {
  const tensors = new WeakMap<Parameters, Map<string, Tensor>>()
  const heldBy = (parameters: readonly Parameters[]) => parameters.map((set) => tensors.get(set)!)
  return {
    device,
    prefersFewShapes: false,
    createParameters() {
      const held = new Map<string, Tensor>()
      const parameters = eagerParameters(backend, held)
      tensors.set(parameters, held)
      return parameters
    },
    prepare: (fn, parameters) =>
      eagerProgram(
        backend,
        (inputs, weights) => ({ outputs: fn(inputs, weights), updates: new Map() }),
        heldBy(parameters ? [parameters] : []),
      ),
    prepareUpdate: (fn, parameters) => eagerProgram(backend, fn, heldBy(parameters)),
  }
}

function eagerParameters(backend: string, held: Map<string, Tensor>): Parameters {
  return {
    get names() {
      return [...held.keys()]
    },
    set(name, values, storage = 'float32') {
      const stored =
        storage === 'float16' ? { ...values, data: widenFloat16(narrowToFloat16(values.data as Float32Array)) } : values
      held.get(name)?.dispose()
      held.set(
        name,
        onBackend(backend, () => toTensor(stored)),
      )
    },
    read: (name) => held.get(name)!.dataSync<'float32'>(),
    readLater: (name) => held.get(name)!.data<'float32'>(),
    shape: (name) => held.get(name)!.shape,
    storage: () => 'float32',
    dispose() {
      held.forEach((tensor) => tensor.dispose())
      held.clear()
    },
  }
}

function eagerProgram<Output extends string>(
  backend: string,
  fn: UpdatingFunction<Output>,
  sets: readonly Map<string, Tensor>[],
): Program<Output> {
  return {
    async run(inputs) {
      await nextTurn()
      await backendsStarted()
      const { outputs, updates } = onBackend(backend, () =>
        tidy(() => {
          const results = fn(mapValues(inputs, toTensor), new Map(sets.flatMap((held) => [...held])))
          return { outputs: results.outputs, updates: Object.fromEntries(results.updates) }
        }),
      )
      for (const [name, value] of Object.entries(updates)) {
        const held = sets.find((set) => set.has(name))!
        if (held.get(name) !== value) held.get(name)!.dispose()
        held.set(name, value)
      }
      try {
        return await readAll(outputs)
      } finally {
        Object.values<Tensor>(outputs).forEach((output) => output.dispose())
      }
    },
    dispose() {},
  }
}

function toTensor(array: HostArray): Tensor {
  return tensor(array.data, [...array.shape], dtypeOf(array))
}

/** Runs a synchronous function with a backend active, then restores the previous one, so that several models can share the process. */
function onBackend<T>(backend: string, fn: () => T): T {
  const before = getBackend()
  if (before === backend) return fn()
  // If the backend is already started, setBackend switches at once, and its promise need not be awaited.
  void setBackend(backend)
  try {
    return fn()
  } finally {
    if (before) void setBackend(before)
  }
}

async function readAll<Name extends string>(outputs: Record<Name, Tensor>): Promise<Record<Name, HostArray>> {
  const entries = Object.entries<Tensor>(outputs)
  const values = await Promise.all(entries.map(([, output]) => output.data<'float32' | 'int32'>()))
  return Object.fromEntries(
    entries.map(([name, { shape }], i) => [name, { data: values[i], shape }]),
  ) as unknown as Record<Name, HostArray>
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]))
}
