/** The compiled runtime: records functions once for each shape of their inputs, and runs the recorded graphs in ONNX Runtime. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { DreamLIPError } from '../../errors'
import {
  dtypeOf,
  ofAnyTensors,
  withoutUpdates,
  type AnyTensors,
  type ArraysOf,
  type Device,
  type HostArray,
  type Program,
  type Runtime,
  type TensorFunction,
  type UpdatingFunction,
} from '../runtime'
import { backendsStarted } from '../start-backend'
import { createSession } from './create-session'
import { createDeviceMemory, type DeviceMemory, type HeldWeight } from './device-memory'
import type { Graph } from '../../compile/graph'
import { divide, runOnHost, type HostPart } from '../../compile/host/host-nodes'
import { canWriteOver } from '../../compile/in-place'
import { ortTensor, valuesOf } from './ort-tensor'
import { createStoredParameters, type StoredArray, type StoredParameters } from './parameters'
import type { InputSpec } from '../../compile/record/place-inputs'
import type { Provider, WeightPlace } from './provider'
import { record, type Dialect } from '../../compile/record/recorder'
import { createCache } from './sessions'

type Named<T> = Readonly<Record<string, T>>

/** A function may have an output and an input of the same name. In a graph, all names must differ. */
const outputPrefix = 'output:'
const updatePrefix = 'update:'

/** How many sessions a program keeps (one per shape of inputs), and how many bytes of their own weights. */
const sessionsKept = { entries: 16, bytes: 1.5e9, sizeOf: ({ bytes }: Prepared) => bytes }

let last: Promise<unknown> = Promise.resolve()

/**
 * All models share one queue. A run uses all cores, a session must not be released while it is in use, and ONNX Runtime cannot create
 * two sessions on WebGPU at once.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work)
  last = turn.catch(() => undefined)
  return turn
}

export function createCompiledRuntime(device: Device, provider: Provider): Runtime {
  const memory = createDeviceMemory(provider.ort, provider.name)
  return {
    device,
    prefersFewShapes: true,
    createParameters: createStoredParameters,
    prepare: (fn, parameters) =>
      compiledProgram(provider, memory, withoutUpdates(fn), (parameters ? [parameters] : []) as StoredParameters[]),
    // Weights that change can neither be part of a graph nor stay on a device.
    prepareUpdate: (fn, parameters) =>
      compiledProgram({ ...provider, weights: 'host' }, memory, fn, parameters as readonly StoredParameters[]),
  }
}

/** A session, with the weights that it reads at each run, and those that it overwrites. */
interface Prepared {
  readonly session: InferenceSession
  readonly weights: Named<OrtTensor>
  /** Memory for results, by their names. */
  readonly targets: Named<OrtTensor>
  readonly outputs: Graph['outputs']
  /** What the host computes after the session has run. */
  readonly host: HostPart
  /** Whether a run changes parameters. */
  readonly updates: boolean
  /** The bytes of the session's own weights. */
  readonly bytes: number
  release(): Promise<void>
}

function compiledProgram<Input, Output>(
  provider: Provider,
  memory: DeviceMemory,
  fn: UpdatingFunction<Input, Output>,
  parameters: readonly StoredParameters[],
): Program<Input, Output> {
  const compute = ofAnyTensors(fn)
  const cache = createCache<Prepared>(sessionsKept, (prepared) => prepared.release())
  let version = ''
  return {
    run: (given: Named<HostArray>) =>
      inTurn(async () => {
        const current = parameters.map((set) => set.version).join()
        if (provider.weights !== 'host' && version !== current) await cache.clear()
        version = current
        const prepared = await cache.get(signature(given), () => prepare(provider, memory, compute, given, parameters))
        const { session, weights, targets, outputs, host, updates } = prepared
        const fetches = session.outputNames.map((name) => [name, targets[name] ?? null] as const)
        const results = await session
          .run({ ...weights, ...feeds(provider, session, given) }, Object.fromEntries(fetches))
          .catch((error: unknown) => fail('run', given, error))
        keepUpdates(parameters, results, targets)
        runOnHost(host, (name) => (results[name] ?? given[name] ?? wholeOf(parameters, name)).data as Float32Array)
        if (updates) parameters.forEach((set) => set.changed())
        const arrays = outputs
          .filter(({ name }) => name.startsWith(outputPrefix))
          .map(({ name, shape }) => [name.slice(outputPrefix.length), { data: valuesOf(results[name]!), shape }])
        return Object.fromEntries(arrays) as ArraysOf<Output>
      }),
    dispose: () => void inTurn(() => cache.clear()).catch(() => undefined),
  }
}

/** Copies new values to the parameters, unless they were already written in place. */
function keepUpdates(sets: readonly StoredParameters[], results: Named<OrtTensor>, targets: Named<OrtTensor>): void {
  const updates = Object.keys(results).filter((name) => name.startsWith(updatePrefix) && !(name in targets))
  for (const result of updates) {
    const name = result.slice(updatePrefix.length)
    ;(wholeOf(sets, name).data as Float32Array).set(results[result]!.data as Float32Array)
  }
}

function signature(inputs: Named<HostArray>): string {
  return Object.entries(inputs)
    .map(([name, { shape }]) => `${name}[${shape.join()}]`)
    .join()
}

async function prepare(
  provider: Provider,
  memory: DeviceMemory,
  fn: UpdatingFunction<AnyTensors, AnyTensors>,
  inputs: Named<HostArray>,
  parameters: readonly StoredParameters[],
): Promise<Prepared> {
  await backendsStarted()
  const recorded = recordUpdate(fn, inputs, parameters, dialectOf(provider))
  const { graph, host } = divide(recorded, (input) => updatePrefix + input)
  const arrays = [...arraysFor(graph, parameters)]
  const own = new Map(arrays.filter(([, array]) => placeOf(provider, array) === 'session'))
  const session = await createSession(provider, graph, own).catch((error: unknown) => fail('prepare', inputs, error))
  const version = parameters.map((set) => set.version).join()
  const weights: Record<string, OrtTensor> = {}
  const onDevice: HeldWeight[] = []
  for (const [name, array] of arrays.filter(([name]) => !own.has(name))) {
    const held = placeOf(provider, array) === 'device' ? await memory.hold(array, version) : undefined
    if (held) onDevice.push(held)
    weights[name] = held?.tensor ?? ortTensor(provider.ort, array)
  }
  return {
    session,
    weights,
    targets: provider.writesOver ? targetsFor(provider, graph, parameters) : {},
    outputs: graph.outputs,
    host,
    updates: recorded.outputs.some(({ name }) => name.startsWith(updatePrefix)),
    bytes: [...own.values()].reduce((sum, { data }) => sum + data.byteLength, 0),
    async release() {
      await session.release()
      onDevice.forEach((weight) => weight.release())
    },
  }
}

/** Devices read floats directly. Weights of other types are converted to floats once, in the session. */
function placeOf({ weights }: Provider, { type }: StoredArray): WeightPlace {
  return weights === 'device' && type !== 'float32' ? 'session' : weights
}

/** The memory of the parameters that results may overwrite. */
function targetsFor(provider: Provider, graph: Graph, parameters: readonly StoredParameters[]): Named<OrtTensor> {
  const targets: Record<string, OrtTensor> = {}
  for (const { name: result } of graph.outputs.filter(({ name }) => name.startsWith(updatePrefix))) {
    const of = result.slice(updatePrefix.length)
    const parts = graph.inputs.filter(({ parameter }) => parameter?.of === of).map(({ name }) => name)
    if (canWriteOver(graph, parts, result)) targets[result] = ortTensor(provider.ort, wholeOf(parameters, of))
  }
  return targets
}

function fail(stage: 'prepare' | 'run', inputs: Named<HostArray>, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  throw new DreamLIPError(
    'RUN_FAILED',
    `ONNX Runtime could not ${stage} the graph for ${signature(inputs)}: ${message}. ` +
      'Try a smaller batch, or another device or runtime (options device, runtime).',
    { cause: error },
  )
}

function dialectOf({ name }: Provider): Dialect {
  return name === 'webgpu' ? 'onnxruntime-webgpu' : 'onnxruntime'
}

/** A parameter's own memory. */
function wholeOf(sets: readonly StoredParameters[], of: string): StoredArray {
  const set = sets.find(({ stored }) => stored.has(of))!
  return set.part({ of, array: 'values', rows: [0, set.shape(of)[0] ?? 1] })
}

/** The graph of a function for inputs of these shapes. */
export function recordProgram(
  fn: TensorFunction<AnyTensors, AnyTensors>,
  inputs: Named<Pick<HostArray, 'data' | 'shape'>>,
  parameters: StoredParameters | undefined,
  dialect: Dialect = 'onnxruntime',
): Graph {
  return recordUpdate(withoutUpdates(fn), inputs, parameters ? [parameters] : [], dialect)
}

function recordUpdate(
  fn: UpdatingFunction<AnyTensors, AnyTensors>,
  inputs: Named<Pick<HostArray, 'data' | 'shape'>>,
  parameters: readonly StoredParameters[],
  dialect: Dialect,
): Graph {
  const stored = new Map(parameters.flatMap((set) => [...set.stored]))
  const specs: Record<string, InputSpec> = {}
  for (const [name, array] of Object.entries(inputs)) specs[name] = { shape: array.shape, dtype: dtypeOf(array) }
  for (const [name, { shape, storage }] of stored) {
    specs[name] = { shape, dtype: 'float32', storage }
  }
  return record(
    (tensors) => {
      const entries = Object.entries<Tensor>(tensors)
      const weights = new Map(entries.filter(([name]) => stored.has(name)))
      const { outputs, updates } = fn(Object.fromEntries(entries.filter(([name]) => !stored.has(name))), weights)
      return Object.fromEntries([
        ...Object.entries(outputs).map(([name, output]) => [outputPrefix + name, output]),
        ...[...updates].map(([name, update]) => [updatePrefix + name, update]),
      ]) as Record<string, Tensor>
    },
    specs,
    dialect,
  )
}

/** The parts of parameters that a graph reads, by the names of its inputs. */
function arraysFor({ inputs }: Graph, parameters: readonly StoredParameters[]): Map<string, StoredArray> {
  const taken = inputs.flatMap(({ name, parameter }) =>
    parameter ? [[name, parameters.find(({ stored }) => stored.has(parameter.of))!.part(parameter)] as const] : [],
  )
  return new Map(taken)
}

/** The inputs that the graph depends on. */
function feeds({ ort }: Provider, session: InferenceSession, inputs: Named<HostArray>): Record<string, OrtTensor> {
  const wanted = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name))
  return Object.fromEntries(wanted.map(([name, array]) => [name, ortTensor(ort, { type: dtypeOf(array), ...array })]))
}
