/**
 * Nodes that the host computes after ONNX Runtime has run the others: updates of parameters. A session would write its results to
 * new arrays, which would then be copied; the host updates a parameter and its moments in place, in one pass.
 */
import type { Graph, GraphBuilder, GraphNode, GraphValue, Operand } from '../graph'
import { adamWInPlace, averageInPlace } from './optimizer'
import { unrecordable } from '../unrecordable'

/** The operator domain of these nodes; ONNX Runtime does not know it. */
const hostDomain = 'dreamlip.host'

interface HostOperation {
  /** Inputs that are arrays of one shape; the results replace the first of them. */
  readonly arrays: readonly string[]
  /** Inputs that are scalars, after the arrays; they may be left out. */
  readonly numbers: readonly string[]
  /** The number of results. */
  readonly results: number
  compute(arrays: readonly Float32Array[], numbers: Readonly<Record<string, number | undefined>>): void
}

/** The host's operations by name. Exported for benchmarks/optimizer-side.ts, which replaces one. */
export const hostOperations = {
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

export type HostOperationName = keyof typeof hostOperations

const operationOf = ({ op }: GraphNode): HostOperation => hostOperations[op as HostOperationName]

/** Adds a node that the host computes. */
export function hostNode(
  graph: GraphBuilder,
  op: HostOperationName,
  inputs: Readonly<Record<string, Operand | undefined>>,
): Operand[] {
  const { arrays, numbers, results }: HostOperation = hostOperations[op]
  const { shape, dtype } = inputs[arrays[0]!]!
  const values = [...arrays, ...numbers].map((name) => inputs[name]?.value() ?? '')
  return graph.nodes(op, values, results, { shape }, hostDomain).map((value) => ({ value: () => value, shape, dtype }))
}

/** A graph in two parts: one that a session runs, and one that the host computes from the graph's inputs, outputs and constants. */
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
 * Moves the host's nodes out of a graph. Values that they need become outputs of the graph.
 * @param resultName returns the name of the output that replaces an input
 * @throws DreamLIPError `NOT_RECORDABLE` if a result does not replace its own input, or if the rest of the graph needs it
 */
export function divide(graph: Graph, resultName: (input: string) => string): DividedGraph {
  const hostNodes = graph.nodes.filter(({ domain }) => domain === hostDomain)
  const nodes = graph.nodes.filter(({ domain }) => domain !== hostDomain)
  const results = new Set(hostNodes.flatMap(({ outputs }) => outputs))
  const inPlace = hostNodes.every(({ inputs, outputs }) => outputs.every((name, i) => name === resultName(inputs[i]!)))
  if (!inPlace || nodes.some(({ inputs }) => inputs.some((name) => results.has(name)))) {
    throw unrecordable(
      'an updated parameter was used for something other than replacing the old one',
      "Return the optimizer's result as the new value of its parameter. Nothing else in the function can use it.",
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

/** Computes the host's part. @param valueOf the values of an input by its name; a parameter's array is written to */
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
