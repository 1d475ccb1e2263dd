/** The eager runtime: model functions run op by op on a TensorFlow.js backend. */
import { tidy, type Tensor } from '@tensorflow/tfjs-core'
import { nextTurn } from '../next-turn'
import { backendsStarted } from '../start-backend'
import type { Device, HostArray, Program, Runtime, UpdatingFunction } from '../runtime'
import { onBackend } from './backend'
import { createEagerParameters, toTensor, type EagerParameters } from './parameters'

/** A runtime on a running tfjs backend. */
export function createEagerRuntime(device: Device, backend: string): Runtime {
  return {
    device,
    prefersFewShapes: false,
    createParameters: () => createEagerParameters(backend),
    prepare: (fn, parameters) =>
      eagerProgram(
        backend,
        (inputs, weights) => ({ outputs: fn(inputs, weights), updates: new Map() }),
        (parameters ? [parameters] : []) as EagerParameters[],
      ),
    prepareUpdate: (fn, parameters) => eagerProgram(backend, fn, parameters as readonly EagerParameters[]),
  }
}

function eagerProgram<Output extends string>(
  backend: string,
  fn: UpdatingFunction<Output>,
  sets: readonly EagerParameters[],
): Program<Output> {
  return {
    async run(inputs) {
      await nextTurn()
      await backendsStarted()
      const { outputs, updates } = onBackend(backend, () =>
        tidy(() => {
          const results = fn(mapValues(inputs, toTensor), new Map(sets.flatMap(({ tensors }) => [...tensors])))
          return { outputs: results.outputs, updates: Object.fromEntries(results.updates) }
        }),
      )
      for (const [name, value] of Object.entries(updates)) {
        sets.find(({ tensors }) => tensors.has(name))!.replace(name, value)
      }
      try {
        const [values] = await Promise.all([readAll(outputs), ...sets.map((set) => set.fetchScalars())])
        return values
      } finally {
        Object.values<Tensor>(outputs).forEach((output) => output.dispose())
      }
    },
    dispose() {},
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
