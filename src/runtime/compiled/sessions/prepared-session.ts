/** A session of ONNX Runtime that is ready to run a program for inputs of one signature. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import type { Graph } from '../../../compile/graph'
import { divide, type HostPart } from '../../../compile/host/host-nodes'
import { canWriteOver } from '../../../compile/in-place'
import type { Dialect } from '../../../compile/record/recorder'
import type { HostArray, UpdatingFunction } from '../../runtime'
import { backendsStarted } from '../../start-backend'
import { createSession } from './create-session'
import type { DeviceMemory, HeldWeight } from '../arrays/device-memory'
import { ortTensor } from '../arrays/ort-tensor'
import { wholeOf, type StoredArray, type StoredParameters } from '../arrays/parameters'
import type { Provider, WeightPlace } from '../providers/provider'
import { recordProgram, updatePrefix } from './record-program'
import { fail } from './run-failed'

type Named<T> = Readonly<Record<string, T>>

/** The tensors that a session reads at each run, and those that it overwrites. */
export interface Bound {
  readonly weights: Named<OrtTensor>
  /** Memory for results, by their names. */
  readonly targets: Named<OrtTensor>
}

/** A session that can run once the parameters have values. */
export interface Prepared {
  readonly session: InferenceSession
  /** The parameters' memory. They must have values from the first call on. */
  bind(): Promise<Bound>
  readonly outputs: Graph['outputs']
  /** The part that the host computes after the session has run. */
  readonly host: HostPart
  /** Whether a run changes parameters. */
  readonly updates: boolean
  /** The bytes of the session's own weights. */
  readonly bytes: number
  release(): Promise<void>
}

/** Records the function for inputs of these shapes, and creates its session. */
export async function prepareSession<Input, Output>(
  provider: Provider,
  memory: DeviceMemory,
  fn: UpdatingFunction<Input, Output>,
  inputs: Named<HostArray>,
  parameters: readonly StoredParameters[],
): Promise<Prepared> {
  await backendsStarted()
  const recorded = recordProgram(fn, inputs, parameters, dialectOf(provider))
  const { graph, host } = divide(recorded, (input) => updatePrefix + input)
  // On the host, parameters get their values later.
  const arrays = provider.weights === 'host' ? [] : [...arraysFor(graph, parameters)]
  const own = new Map(arrays.filter(([, array]) => placeOf(provider, array) === 'session'))
  const session = await createSession(provider, graph, own).catch((error: unknown) => fail('prepare', inputs, error))
  const onDevice: HeldWeight[] = []
  const bindNow = async (): Promise<Bound> => {
    const version = parameters.map((set) => set.version).join()
    const weights: Record<string, OrtTensor> = {}
    for (const [name, array] of [...arraysFor(graph, parameters)].filter(([name]) => !own.has(name))) {
      const held = placeOf(provider, array) === 'device' ? await memory.hold(array, version) : undefined
      if (held) onDevice.push(held)
      weights[name] = held?.tensor ?? ortTensor(provider.ort, array)
    }
    return { weights, targets: provider.writesOver ? targetsFor(provider, graph, parameters) : {} }
  }
  let bound: Promise<Bound> | undefined
  return {
    session,
    bind: () => (bound ??= bindNow()),
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

function dialectOf({ name }: Provider): Dialect {
  return name === 'webgpu' ? 'onnxruntime-webgpu' : 'onnxruntime'
}

/** The parts of parameters that a graph reads, by the names of its inputs. */
function arraysFor({ inputs }: Graph, parameters: readonly StoredParameters[]): Map<string, StoredArray> {
  const taken = inputs.flatMap(({ name, parameter }) =>
    parameter ? [[name, parameters.find(({ stored }) => stored.has(parameter.of))!.part(parameter)] as const] : [],
  )
  return new Map(taken)
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
