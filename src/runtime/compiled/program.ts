/** A program of the compiled runtime: one session for each signature of its inputs. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { runOnHost } from '../../compile/host/host-nodes'
import { dtypeOf, type HostArray, type Program, type ResultsOf, type UpdatingFunction } from '../runtime'
import type { DeviceMemory } from './arrays/device-memory'
import { ortTensor, valuesOf } from './arrays/ort-tensor'
import { wholeOf, type StoredParameters } from './arrays/parameters'
import { prepareSession, type Prepared } from './sessions/prepared-session'
import type { Provider } from './providers/provider'
import { outputPrefix, updatePrefix } from './sessions/record-program'
import { fail } from './sessions/run-failed'
import { createCache } from './sessions/session-cache'
import { signature } from './sessions/signature'
import { inTurn } from './turns'

type Named<T> = Readonly<Record<string, T>>

/** The limits of a program's cache of sessions (one per input shape): their number, and the bytes of their own weights. */
const sessionsKept = { entries: 16, bytes: 1.5e9, sizeOf: ({ bytes }: Prepared) => bytes }

export function compiledProgram<Input, Output>(
  provider: Provider,
  memory: DeviceMemory,
  fn: UpdatingFunction<Input, Output>,
  parameters: readonly StoredParameters[],
): Program<Input, Output> {
  const cache = createCache<Prepared>(sessionsKept, (prepared) => prepared.release())
  let version = ''
  const prepare = (given: Named<HostArray>) =>
    cache.get(signature(given), () => prepareSession(provider, memory, fn, given, parameters))
  return {
    async prepare(given: Named<HostArray>) {
      // A session with weights outside the host's memory needs them from the start.
      if (provider.weights === 'host') await inTurn(async () => void (await prepare(given).catch(() => undefined)))
    },
    run: (given: Named<HostArray>) =>
      inTurn(async () => {
        const current = parameters.map((set) => set.version).join()
        if (provider.weights !== 'host' && version !== current) await cache.clear()
        version = current
        const { session, bind, outputs, host, updates } = await prepare(given)
        const { weights, targets } = await bind()
        const fetches = session.outputNames.map((name) => [name, targets[name] ?? null] as const)
        const results = await session
          .run({ ...weights, ...feeds(provider, session, given) }, Object.fromEntries(fetches))
          .catch((error: unknown) => fail('run', given, error))
        keepUpdates(parameters, results, targets)
        runOnHost(host, (name) => (results[name] ?? given[name] ?? wholeOf(parameters, name)).data as Float32Array)
        if (updates) parameters.forEach((set) => set.changed())
        const arrays = outputs
          .filter(({ name }) => name.startsWith(outputPrefix))
          .map(({ name, shape }) => [
            name.slice(outputPrefix.length),
            { data: valuesOf(results[name]!), shape: [...shape] },
          ])
        return Object.fromEntries(arrays) as ResultsOf<Output>
      }),
    dispose: () => void inTurn(() => cache.clear()).catch(() => undefined),
  }
}

/** The inputs that the graph depends on. */
function feeds({ ort }: Provider, session: InferenceSession, inputs: Named<HostArray>): Record<string, OrtTensor> {
  const wanted = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name))
  return Object.fromEntries(wanted.map(([name, array]) => [name, ortTensor(ort, { type: dtypeOf(array), ...array })]))
}

/** Copies new values to the parameters, unless they were already written in place. */
function keepUpdates(sets: readonly StoredParameters[], results: Named<OrtTensor>, targets: Named<OrtTensor>): void {
  const updates = Object.keys(results).filter((name) => name.startsWith(updatePrefix) && !(name in targets))
  for (const result of updates) {
    const name = result.slice(updatePrefix.length)
    ;(wholeOf(sets, name).data as Float32Array).set(results[result]!.data as Float32Array)
  }
}
