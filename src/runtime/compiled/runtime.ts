/** The compiled runtime: functions are recorded once for each shape of their inputs, and ONNX Runtime runs what was recorded. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import { DreamLIPError } from '../../errors'
import type { Device } from '../device'
import { dtypeOf, type HostArray, type Program, type Runtime, type TensorFunction } from '../runtime'
import { encodeValues, type Graph, type GraphConstant } from './graph'
import { encodeModel } from './onnx'
import { createStoredParameters, type StoredArray, type StoredParameters } from './parameters'
import { record, type Dialect, type InputSpec } from './recorder'
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
}

type Named<T> = Readonly<Record<string, T>>

/** A function may give an output the name of an input; in a graph all names differ. */
const outputPrefix = 'output:'

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
    prepare: (fn, parameters) => compiledProgram(provider, fn, parameters as StoredParameters | undefined, inTurn),
  }
}

/** A session, with the weights that it takes at each run. */
interface Prepared {
  readonly session: InferenceSession
  readonly weights: Named<OrtTensor>
  readonly outputs: Graph['outputs']
}

function compiledProgram<Output extends string>(
  provider: Provider,
  fn: TensorFunction<Output>,
  parameters: StoredParameters | undefined,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Program<Output> {
  const cache = createCache<Prepared>(sessionsKept, ({ session }) => session.release())
  return {
    run: (inputs) =>
      inTurn(async () => {
        const { session, weights, outputs } = await cache.get(signature(inputs), () =>
          prepare(provider, fn, inputs, parameters),
        )
        const results = await session
          .run({ ...weights, ...feeds(provider, session, inputs) })
          .catch((error: unknown) => fail('run', inputs, error))
        const arrays = outputs.map(({ name, shape }) => [
          name.slice(outputPrefix.length),
          { data: results[name]!.data, shape },
        ])
        return Object.fromEntries(arrays) as Record<Output, HostArray>
      }),
    dispose: () => void inTurn(() => cache.clear()),
  }
}

function signature(inputs: Named<HostArray>): string {
  return Object.entries(inputs)
    .map(([name, { shape }]) => `${name}[${shape.join()}]`)
    .join()
}

async function prepare(
  provider: Provider,
  fn: TensorFunction<string>,
  inputs: Named<HostArray>,
  parameters: StoredParameters | undefined,
): Promise<Prepared> {
  const graph = recordProgram(fn, inputs, parameters, dialectOf(provider))
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
    .map(([name, array]) => [name, toOrt(provider, array)])
  return { session, weights: Object.fromEntries(weights) as Named<OrtTensor>, outputs: graph.outputs }
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

/** The graph of a function for inputs of these shapes. */
export function recordProgram(
  fn: TensorFunction<string>,
  inputs: Named<Pick<HostArray, 'data' | 'shape'>>,
  parameters: StoredParameters | undefined,
  dialect: Dialect = 'onnxruntime',
): Graph {
  const specs: Record<string, InputSpec> = {}
  for (const [name, array] of Object.entries(inputs)) specs[name] = { shape: array.shape, dtype: dtypeOf(array) }
  for (const [name, { shape, storage }] of parameters?.stored ?? []) {
    specs[name] = { shape, dtype: 'float32', storage }
  }
  const isParameter = (name: string) => parameters?.stored.has(name) ?? false
  return record(
    (tensors) => {
      const entries = Object.entries<Tensor>(tensors)
      const weights = new Map(entries.filter(([name]) => isParameter(name)))
      const outputs = fn(Object.fromEntries(entries.filter(([name]) => !isParameter(name))), weights)
      return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [outputPrefix + name, output]))
    },
    specs,
    dialect,
  )
}

/** The parts of parameters that a graph takes, by the names of its inputs. */
function arraysFor({ inputs }: Graph, parameters: StoredParameters | undefined): Map<string, StoredArray> {
  const taken = inputs.flatMap(({ name, parameter }) =>
    parameter ? [[name, parameters!.part(parameter)] as const] : [],
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
