/** Decides which results may overwrite the inputs that they replace. */
import type { Graph, GraphNode } from './graph'

/** Operators whose output may be the memory of their input with another shape. */
const views = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten'])

/**
 * Whether the result may use the memory of these inputs. This needs all readers of the inputs to run before the result is written, in
 * every order in which the runtime may run the nodes.
 */
export function canWriteOver(graph: Graph, inputs: readonly string[], result: string): boolean {
  const writer = producerOf(graph, result)
  if (!writer) return false
  const before = ancestors(graph, writer)
  return inputs.flatMap((input) => readers(graph, input)).every((node) => node === writer || before.has(node))
}

/** The nodes that read a value or a view of it. */
function readers(graph: Graph, value: string): GraphNode[] {
  const direct = usersOf(graph).get(value) ?? []
  return direct.flatMap((node) => [node, ...(views.has(node.op) ? readers(graph, node.outputs[0]!) : [])])
}

/** The nodes that must run before this one. */
function ancestors(graph: Graph, node: GraphNode): Set<GraphNode> {
  const found = new Set<GraphNode>()
  const open = [node]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const name of next.inputs) {
      const producer = producerOf(graph, name)
      if (!producer || found.has(producer)) continue
      found.add(producer)
      open.push(producer)
    }
  }
  return found
}

const producers = new WeakMap<Graph, ReadonlyMap<string, GraphNode>>()
const users = new WeakMap<Graph, ReadonlyMap<string, GraphNode[]>>()

function producerOf(graph: Graph, value: string): GraphNode | undefined {
  const known =
    producers.get(graph) ?? new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  producers.set(graph, known)
  return known.get(value)
}

function usersOf(graph: Graph): ReadonlyMap<string, GraphNode[]> {
  const known = users.get(graph)
  if (known) return known
  const made = new Map<string, GraphNode[]>()
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) made.set(name, [...(made.get(name) ?? []), node])
  }
  users.set(graph, made)
  return made
}
