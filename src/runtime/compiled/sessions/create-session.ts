/** Sessions of ONNX Runtime for recorded graphs. */
import { encodeValues, type Graph, type GraphConstant } from '../../../compile/graph'
import { encodeModel } from '../../../compile/onnx'
import type { StoredArray } from '../arrays/parameters'
import type { Provider } from '../providers/provider'

/** Creates a session with its own copy of arrays. Passing them inside the graph would copy them two more times. */
export function createSession({ ort, name, threads }: Provider, graph: Graph, own: ReadonlyMap<string, StoredArray>) {
  const external = new Map([...own.keys()].map((file) => [file, { file, offset: 0 }]))
  return ort.InferenceSession.create(encodeModel(withConstants(graph, own), { external }), {
    executionProviders: [name],
    graphOptimizationLevel: 'all',
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    // A memory plan, made in the first run, would be allocated in addition to the memory of that run.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Threads that spin after a run would take processor time from decoding and from other sessions.
    extra: { session: { force_spinning_stop: '1' } },
    externalData: [...own].map(([path, { type, data }]) => ({ path, data: encodeValues(type, data) })),
  })
}

/** The graph, with arrays instead of the inputs with their names. */
function withConstants(graph: Graph, arrays: ReadonlyMap<string, StoredArray>): Graph {
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
