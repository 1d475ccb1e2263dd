/**
 * Nodes that the host computes when ONNX Runtime has run the others: updates of parameters. A session would make new arrays of
 * what they make, to be copied; here a parameter and its moments pass the processor once and stay where they are.
 */
import type { Graph, GraphBuilder, GraphNode, GraphValue, Operand } from '../graph'
import { adamWInPlace, averageInPlace } from './optimizer'
import { unrecordable } from '../unrecordable'

/** The domain of operations that are not ONNX Runtime's. */
const hostDomain = 'dreamlip.host'

interface HostOperation {
  /** Names of its inputs: arrays of one shape, the first of which are replaced by the results; then scalars, which may be left out. */
  readonly arrays: readonly string[]
  readonly numbers: readonly string[]
  readonly results: number
  compute(arrays: readonly Float32Array[], numbers: Readonly<Record<string, number | undefined>>): void
}

const operations = {
  AdamW: {
    arrays: ['value', 'first', 'second', 'gradient'],
    numbers: ['keepFirst', 'takeFirst', 'keepSecond', 'takeSecond', 'decay', 'stepSize', 'epsilon', 'taken'],
    results: 3,
    compute([value, first, second, gradient], numbers) {
      if (numbers.taken) adamWInPlace(value!, first!, second!, gradient!, { decay: 1, ...numbers } as never)
    },
  },
  MovingAverage: {
    arrays: ['average', 'value'],
    numbers: ['keep', 'take'],
    results: 1,
    compute: ([average, value], { keep, take }) => averageInPlace(average!, value!, keep!, take!),
  },
} satisfies Record<string, HostOperation>

export type HostOperationName = keyof typeof operations

const operationOf = ({ op }: GraphNode): HostOperation => operations[op as HostOperationName]

/** Adds a node that the host computes. */
export function hostNode(
  graph: GraphBuilder,
  op: HostOperationName,
  inputs: Readonly<Record<string, Operand | undefined>>,
): Operand[] {
  const { arrays, numbers, results }: HostOperation = operations[op]
  const { shape, dtype } = inputs[arrays[0]!]!
  const values = [...arrays, ...numbers].map((name) => inputs[name]?.value() ?? '')
  return graph.nodes(op, values, results, { shape }, hostDomain).map((value) => ({ value: () => value, shape, dtype }))
}

/** A graph in two parts: what a session runs, and what the host computes from its inputs, outputs and constants. */
export interface DividedGraph {
  readonly graph: Graph
  readonly host: HostPart
}

export interface HostPart {
  readonly nodes: readonly GraphNode[]
  /** Values of the graph's constants. */
  readonly constants: ReadonlyMap<string, Float32Array>
}

/**
 * Takes the host's nodes out of a graph; what they need of its results become outputs of it.
 * @param resultName the name that an output has which replaces an input
 * @throws DreamLIPError `NOT_RECORDABLE` for results that do not replace their own inputs, or that the rest of the graph needs
 */
export function divide(graph: Graph, resultName: (input: string) => string): DividedGraph {
  const hostNodes = graph.nodes.filter(({ domain }) => domain === hostDomain)
  const nodes = graph.nodes.filter(({ domain }) => domain !== hostDomain)
  const results = new Set(hostNodes.flatMap(({ outputs }) => outputs))
  const inPlace = hostNodes.every(({ inputs, outputs }) => outputs.every((name, i) => name === resultName(inputs[i]!)))
  if (!inPlace || nodes.some(({ inputs }) => inputs.some((name) => results.has(name)))) {
    throw unrecordable(
      'the updated value of a parameter was used in a computation',
      'Only return it as the update of the parameter.',
    )
  }
  const made = new Set(nodes.flatMap(({ outputs }) => outputs))
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const outputs = new Map<string, GraphValue>()
  for (const node of hostNodes) {
    const { arrays } = operationOf(node)
    node.inputs.forEach((name, i) => {
      const shape = i < arrays.length ? (node.attributes.shape as readonly number[]) : []
      if (made.has(name)) outputs.set(name, { name, type: 'float32', shape })
    })
  }
  for (const output of graph.outputs.filter(({ name }) => !results.has(name))) outputs.set(output.name, output)
  const inputs = graph.inputs.filter(({ name }) => used.has(name))
  const taken = new Set(hostNodes.flatMap(({ inputs }) => inputs))
  const constants = graph.constants.filter(({ name }) => taken.has(name))
  return {
    graph: {
      nodes,
      inputs,
      outputs: [...outputs.values()],
      constants: graph.constants.filter(({ name }) => used.has(name)),
    },
    host: {
      nodes: hostNodes,
      constants: new Map(constants.map(({ name, bytes }) => [name, new Float32Array(bytes.slice().buffer)])),
    },
  }
}

/** Computes the host's part. @param valueOf the values of what it takes: a parameter's are replaced in its own array */
export function runOnHost({ nodes, constants }: HostPart, valueOf: (name: string) => Float32Array): void {
  const results = new Map<string, Float32Array>()
  for (const node of nodes) {
    const { arrays, numbers, compute } = operationOf(node)
    const values = node.inputs.map((name) => {
      return name === '' ? undefined : (results.get(name) ?? constants.get(name) ?? valueOf(name))
    })
    const given = numbers.flatMap((name, i) => {
      const value = values[arrays.length + i]
      return value ? [[name, value[0]!] as const] : []
    })
    compute(values.slice(0, arrays.length) as Float32Array[], Object.fromEntries(given))
    node.outputs.forEach((name, i) => results.set(name, values[i]!))
  }
}
