/** The compiled runtime: functions are recorded once for each shape of their inputs, and ONNX Runtime runs what was recorded. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { DreamLIPError } from '../../errors'
import type { Device } from '../device'
import {
  dtypeOf,
  type HostArray,
  type Program,
  type Runtime,
  type TensorFunction,
  type UpdatingFunction,
} from '../runtime'
import { encodeValues, type Graph, type GraphConstant } from './graph'
import { canWriteOver } from './in-place'
import { encodeModel } from './onnx'
import { createStoredParameters, type StoredArray, type StoredParameters } from './parameters'
import type { InputSpec } from './place-inputs'
import { record, type Dialect } from './recorder'
import { createCache } from './sessions'

/** ONNX Runtime, as `onnxruntime-node` and `onnxruntime-web` export it. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof OrtTensor
}

/** Where and how ONNX Runtime runs graphs. */
export interface Provider {
  readonly ort: OnnxRuntime
  /** Its name among ONNX Runtime's execution providers. */
  readonly name: string
  /**
   * Whether weights are written into each session's graph. Sessions start slower and each holds a copy of the weights; in return
   * products run some percent faster, and providers with memory of their own do not receive the weights at each run.
   */
  readonly bake: boolean
  /** Whether ONNX Runtime computes in the memory of the arrays that it is given, so that results can replace inputs there. */
  readonly writesOver: boolean
}

type Named<T> = Readonly<Record<string, T>>

/** A function may give an output the name of an input; in a graph all names differ. */
const outputPrefix = 'output:'
const updatePrefix = 'update:'

/** Sessions that are kept: one for each shape of inputs. */
const sessionsKept = 16

export function createCompiledRuntime(device: Device, provider: Provider): Runtime {
  // One run at a time: a run uses all cores, and no session is released while it is in use.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    device,
    prefersFewShapes: true,
    createParameters: createStoredParameters,
    prepare: (fn, parameters) =>
      compiledProgram(provider, withoutUpdates(fn), (parameters ? [parameters] : []) as StoredParameters[], inTurn),
    // Weights that change can't be part of a graph.
    prepareUpdate: (fn, parameters) =>
      compiledProgram({ ...provider, bake: false }, fn, parameters as readonly StoredParameters[], inTurn),
  }
}

/** A session, with the weights that it takes at each run, and those that it writes over. */
interface Prepared {
  readonly session: InferenceSession
  readonly weights: Named<OrtTensor>
  /** Memory for results, by their names. */
  readonly targets: Named<OrtTensor>
  readonly outputs: Graph['outputs']
}

function compiledProgram<Output extends string>(
  provider: Provider,
  fn: UpdatingFunction<Output>,
  parameters: readonly StoredParameters[],
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Program<Output> {
  const cache = createCache<Prepared>(sessionsKept, ({ session }) => session.release())
  let version = ''
  return {
    run: (inputs) =>
      inTurn(async () => {
        const current = parameters.map((set) => set.version).join()
        if (provider.bake && version !== current) await cache.clear()
        version = current
        const prepared = await cache.get(signature(inputs), () => prepare(provider, fn, inputs, parameters))
        const { session, weights, targets, outputs } = prepared
        const fetches = session.outputNames.map((name) => [name, targets[name] ?? null] as const)
        const results = await session
          .run({ ...weights, ...feeds(provider, session, inputs) }, Object.fromEntries(fetches))
          .catch((error: unknown) => fail('run', inputs, error))
        keepUpdates(parameters, results, targets)
        const arrays = outputs
          .filter(({ name }) => name.startsWith(outputPrefix))
          .map(({ name, shape }) => [name.slice(outputPrefix.length), { data: results[name]!.data, shape }])
        return Object.fromEntries(arrays) as Record<Output, HostArray>
      }),
    dispose: () => void inTurn(() => cache.clear()),
  }
}

/** Copies to the parameters what was not written over them. */
function keepUpdates(sets: readonly StoredParameters[], results: Named<OrtTensor>, targets: Named<OrtTensor>): void {
  const updates = Object.keys(results).filter((name) => name.startsWith(updatePrefix))
  for (const result of updates.filter((name) => !(name in targets))) {
    const name = result.slice(updatePrefix.length)
    ;(wholeOf(sets, name).data as Float32Array).set(results[result]!.data as Float32Array)
  }
  if (updates.length > 0) sets.forEach((set) => set.changed())
}

function signature(inputs: Named<HostArray>): string {
  return Object.entries(inputs)
    .map(([name, { shape }]) => `${name}[${shape.join()}]`)
    .join()
}

async function prepare(
  provider: Provider,
  fn: UpdatingFunction<string>,
  inputs: Named<HostArray>,
  parameters: readonly StoredParameters[],
): Promise<Prepared> {
  const graph = recordUpdate(fn, inputs, parameters, dialectOf(provider))
  const arrays = arraysFor(graph, parameters)
  const model = encodeModel(provider.bake ? withConstants(graph, arrays) : graph)
  const session = await provider.ort.InferenceSession.create(model, {
    executionProviders: [provider.name],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  }).catch((error: unknown) => fail('prepare', inputs, error))
  const wanted = new Set(session.inputNames)
  const weights = [...arrays]
    .filter(([name]) => wanted.has(name))
    .map(([name, array]) => [name, toOrt(provider, array)] as const)
  return {
    session,
    weights: Object.fromEntries(weights),
    targets: provider.writesOver ? targetsFor(provider, graph, parameters) : {},
    outputs: graph.outputs,
  }
}

/** The memory of the parameters that results may be written over. */
function targetsFor(provider: Provider, graph: Graph, parameters: readonly StoredParameters[]): Named<OrtTensor> {
  const targets: Record<string, OrtTensor> = {}
  for (const { name: result } of graph.outputs.filter(({ name }) => name.startsWith(updatePrefix))) {
    const of = result.slice(updatePrefix.length)
    const parts = graph.inputs.filter(({ parameter }) => parameter?.of === of).map(({ name }) => name)
    if (canWriteOver(graph, parts, result)) targets[result] = toOrt(provider, wholeOf(parameters, of))
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
  fn: TensorFunction<string>,
  inputs: Named<Pick<HostArray, 'data' | 'shape'>>,
  parameters: StoredParameters | undefined,
  dialect: Dialect = 'onnxruntime',
): Graph {
  return recordUpdate(withoutUpdates(fn), inputs, parameters ? [parameters] : [], dialect)
}

function withoutUpdates<Output extends string>(fn: TensorFunction<Output>): UpdatingFunction<Output> {
  return (inputs, weights) => ({ outputs: fn(inputs, weights), updates: new Map() })
}

function recordUpdate(
  fn: UpdatingFunction<string>,
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
        ...Object.entries<Tensor>(outputs).map(([name, output]) => [outputPrefix + name, output]),
        ...[...updates].map(([name, update]) => [updatePrefix + name, update]),
      ]) as Record<string, Tensor>
    },
    specs,
    dialect,
  )
}

/** The parts of parameters that a graph takes, by the names of its inputs. */
function arraysFor({ inputs }: Graph, parameters: readonly StoredParameters[]): Map<string, StoredArray> {
  const taken = inputs.flatMap(({ name, parameter }) =>
    parameter ? [[name, parameters.find(({ stored }) => stored.has(parameter.of))!.part(parameter)] as const] : [],
  )
  return new Map(taken)
}

/** The graph with arrays in place of the inputs of their names. */
export function withConstants(graph: Graph, arrays: ReadonlyMap<string, StoredArray>): Graph {
  const constants = graph.inputs.flatMap(({ name, type, shape }): GraphConstant[] => {
    const array = arrays.get(name)
    return array ? [{ name, type, shape, bytes: encodeValues(type, array.data) }] : []
  })
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !arrays.has(name)),
    constants: [...graph.constants, ...constants],
  }
}

function toOrt({ ort }: Provider, { type, data, shape }: StoredArray): OrtTensor {
  return new ort.Tensor(type as 'float32', data as Float32Array, [...shape])
}

/** The inputs that the graph depends on. */
function feeds({ ort }: Provider, session: InferenceSession, inputs: Named<HostArray>): Record<string, OrtTensor> {
  const wanted = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name))
  return Object.fromEntries(
    wanted.map(([name, array]) => {
      const type = dtypeOf(array)
      return [name, new ort.Tensor(type as 'float32', array.data as Float32Array, [...array.shape])]
    }),
  )
}
