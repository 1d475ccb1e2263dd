/** The eager runtime: model functions run op by op on a TensorFlow.js backend. */
import { tidy } from '@tensorflow/tfjs-core'
import { nextTurn } from '../next-turn'
import { backendsStarted } from '../start-backend'
import {
  withoutUpdates,
  type AnyTensors,
  type ResultsOf,
  type Device,
  type HostArray,
  type Program,
  type Runtime,
  type UpdatingFunction,
} from '../runtime'
import { onBackend } from './backend'
import { createEagerParameters, toTensor, type EagerParameters } from './parameters'

/** A runtime on a running tfjs backend. */
export function createEagerRuntime(device: Device, backend: string): Runtime {
  return {
    device,
    prefersFewShapes: false,
    createParameters: () => createEagerParameters(backend),
    prepare: (fn, parameters) =>
      eagerProgram(backend, withoutUpdates(fn), (parameters ? [parameters] : []) as EagerParameters[]),
    prepareUpdate: (fn, parameters) => eagerProgram(backend, fn, parameters as readonly EagerParameters[]),
  }
}

function eagerProgram<Input, Output>(
  backend: string,
  fn: UpdatingFunction<Input, Output>,
  sets: readonly EagerParameters[],
): Program<Input, Output> {
  return {
    async run(inputs) {
      await nextTurn()
      await backendsStarted()
      const { outputs, updates } = onBackend(backend, () =>
        tidy(() => {
          const results = fn(mapValues(inputs, toTensor) as Input, new Map(sets.flatMap(({ tensors }) => [...tensors])))
          return { outputs: results.outputs as AnyTensors, updates: Object.fromEntries(results.updates) }
        }),
      )
      for (const [name, value] of Object.entries(updates)) {
        sets.find(({ tensors }) => tensors.has(name))!.replace(name, value)
      }
      try {
        const [values] = await Promise.all([readAll(outputs), ...sets.map((set) => set.fetchScalars())])
        return values as ResultsOf<Output>
      } finally {
        Object.values(outputs).forEach((output) => output.dispose())
      }
    },
    prepare: async () => undefined,
    dispose() {},
  }
}

async function readAll(outputs: AnyTensors): Promise<Record<string, HostArray>> {
  const entries = Object.entries(outputs).map(async ([name, output]): Promise<[string, HostArray]> => {
    return [name, { data: await output.data<'float32' | 'int32'>(), shape: output.shape }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]))
}
