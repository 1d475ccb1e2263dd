/**
 * Creates graphs for inputs of any size, from recordings at a few sizes. Differences between the recordings are computed from
 * the shapes of the inputs.
 */
import { DreamLIPError } from '../../errors'
import { isCorner } from './corner'
import {
  createGraphBuilder,
  equalBytes,
  type Graph,
  type GraphConstant,
  type GraphNode,
  type GraphValue,
} from '../graph'
import { createSizeVectors } from './graph-sizes'
import {
  constantSize,
  dependsOn,
  fitFormula,
  formulaName,
  isAxis,
  recordingSizes,
  type DynamicAxis,
  type SizeFormula,
} from './size-formula'

/** The same use of a constant, in each recording. */
type Constants = readonly GraphConstant[]

/** The prefix of new names. Names of recorded values never look like `@0`. */
const sizePrefix = '@'

/**
 * Records a function so that each of the axes may have any size (up to its bound).
 * @param record records the function with the axes at these sizes, in the order of `axes`
 * @throws DreamLIPError `NOT_RECORDABLE` if the recordings differ in anything except shapes that are sums of products of the sizes, and
 *   constants that are corners of those at the largest sizes
 */
export function recordDynamic(
  axes: readonly DynamicAxis[],
  record: (sizes: readonly number[]) => Graph,
): Graph<number | string> {
  const recordings = recordingSizes(axes).map(record)
  const [first] = recordings as [Graph]
  const inputs = valuesOf(axes, recordings, ({ inputs }) => inputs)
  const outputs = valuesOf(axes, recordings, ({ outputs }) => outputs)
  const lost = axes.find((_, axis) => !inputs.some(({ shape }) => shape.some((size) => isAxis(size, axis))))
  if (lost) throw dynamicError(axes, `no input has an axis whose size is ${lost.name}`)

  const added = createGraphBuilder(sizePrefix)
  const sizeVector = createSizeVectors(added, inputs)
  /** The input that replaces constants that differ between recordings. */
  const replace = (constants: Constants, node: GraphNode, slot: number): string => {
    const { name, shape, type } = constants[0]!
    if (constants.every((other) => equalConstants(other, constants[0]!))) return name
    if (type !== 'int64' || constants.some((other) => other.shape.join() !== shape.join())) {
      const sizes = cornerSizes(axes, constants, node)
      return added.node('Slice', [name, added.ints(sizes.map(() => 0)), sizeVector(sizes)])
    }
    const vectors = constants.map(integersOf)
    const entries = vectors[0]!.map((_, i) =>
      fit(
        axes,
        vectors.map((vector) => vector[i]!),
        `a shape of ${node.op}`,
      ),
    )
    return sizeVector(node.op === 'Reshape' && slot === 1 ? inferOne(entries) : entries)
  }
  const nodes = align(axes, recordings).map(({ node, operands }) => ({
    ...node,
    inputs: operands.map((operand, slot) => (typeof operand === 'string' ? operand : replace(operand, node, slot))),
  }))
  const all = [...added.built, ...nodes]
  const used = new Set(all.flatMap((node) => node.inputs))
  const named = (value: GraphValue<SizeFormula>): GraphValue<number | string> => ({
    ...value,
    shape: value.shape.map((size) => formulaName(size, axes)),
  })
  return {
    inputs: inputs.map(named),
    outputs: outputs.map(named),
    constants: [...first.constants, ...added.constants.values()].filter(({ name }) => used.has(name)),
    nodes: all,
  }
}

/** Combines the inputs or outputs of all recordings, with formulas for sizes. */
function valuesOf(
  axes: readonly DynamicAxis[],
  recordings: readonly Graph[],
  pick: (graph: Graph) => readonly GraphValue[],
): GraphValue<SizeFormula>[] {
  const [first, ...others] = recordings.map(pick) as [readonly GraphValue[], ...(readonly GraphValue[])[]]
  return first.map((value, i) => {
    const same = [value, ...others.map((values) => values[i])]
    if (!same.every((other) => other?.name === value.name && other.shape.length === value.shape.length)) {
      throw dynamicError(axes, `'${value.name}' has another rank, or is missing`)
    }
    const fitAxis = (_: number, d: number) =>
      fit(
        axes,
        same.map((other) => other!.shape[d]!),
        `'${value.name}'`,
      )
    return { ...value, shape: value.shape.map(fitAxis) }
  })
}

/** A node of the first recording. Its operands are values of that recording, or the constants of each recording at that place. */
interface AlignedNode {
  readonly node: GraphNode
  readonly operands: readonly (string | Constants)[]
}

/** Combines the nodes of all recordings into one list. They must be the same operations on the same values. */
function align(axes: readonly DynamicAxis[], recordings: readonly Graph[]): AlignedNode[] {
  const [first] = recordings as [Graph]
  const constants = recordings.map((graph) => new Map(graph.constants.map((constant) => [constant.name, constant])))
  // Maps the names of values in each recording to those in the first recording.
  const names = recordings.map(
    (graph) => new Map(['', ...graph.inputs.map(({ name }) => name)].map((name) => [name, name])),
  )
  const differs = (where: string) => dynamicError(axes, `the graph has other operations, at ${where}`)
  const nodes = first.nodes.map((node, i) => {
    const same = recordings.flatMap((graph) => graph.nodes[i] ?? [])
    if (same.length < recordings.length || !same.every((other) => sameOperation(other, node))) throw differs(node.op)
    const operands = node.inputs.map((_, slot) => {
      const found = same.map((other, r) => constants[r]!.get(other.inputs[slot]!))
      if (found.every((constant) => constant !== undefined)) return found
      const values = same.map((other, r) => names[r]!.get(other.inputs[slot]!))
      if (values[0] === undefined || values.some((value) => value !== values[0])) throw differs(node.op)
      return values[0]
    })
    same.forEach((other, r) => other.outputs.forEach((name, o) => names[r]!.set(name, node.outputs[o]!)))
    return { node, operands }
  })
  const ends = first.outputs.every(({ name }) => names.every((called) => called.get(name) === name))
  if (!ends || recordings.some((graph) => graph.nodes.length !== nodes.length)) throw differs('its end')
  return nodes
}

function sameOperation(a: GraphNode, b: GraphNode): boolean {
  const operation = ({ op, domain, inputs, outputs, attributes }: GraphNode) =>
    JSON.stringify([op, domain, inputs.length, outputs.length, attributes])
  return operation(a) === operation(b)
}

/** The shape of constants that are leading corners of the first one, which has the largest sizes. */
function cornerSizes(axes: readonly DynamicAxis[], constants: Constants, node: GraphNode): SizeFormula[] {
  const [largest] = constants as [GraphConstant]
  const what = `a constant of ${node.op}`
  if (constants.some(({ shape }) => shape.length !== largest.shape.length)) throw dynamicError(axes, `${what} differs`)
  const sizes = largest.shape.map((_, d) =>
    fit(
      axes,
      constants.map(({ shape }) => shape[d]!),
      what,
    ),
  )
  const bounded = sizes.every((size) => axes.every((axis, a) => axis.bounded || !dependsOn(size, a)))
  if (!bounded || !constants.every((constant) => isCorner(constant, largest)))
    throw dynamicError(axes, `${what} differs`)
  return sizes
}

/** A shape for Reshape, which can infer one of the sizes. */
function inferOne(entries: readonly SizeFormula[]): SizeFormula[] {
  const inferred = entries.findIndex((entry) => constantSize(entry) === undefined)
  return entries.map((entry, i) => (i === inferred ? entry.map((_, bits) => (bits === 0 ? -1 : 0)) : entry))
}

function fit(axes: readonly DynamicAxis[], values: readonly number[], what: string): SizeFormula {
  const formula = fitFormula(axes, values)
  if (formula) return formula
  throw dynamicError(axes, `${what} has the sizes ${values.join(', ')}, which are not sums of products of these sizes`)
}

function equalConstants(a: GraphConstant, b: GraphConstant): boolean {
  return a.type === b.type && a.shape.join() === b.shape.join() && equalBytes(a.bytes, b.bytes)
}

function integersOf({ bytes }: GraphConstant): number[] {
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number)
}

function dynamicError(axes: readonly DynamicAxis[], what: string): DreamLIPError {
  const names = axes.map(({ name }) => name).join(', ')
  return new DreamLIPError(
    'NOT_RECORDABLE',
    `The function cannot be recorded for any size of ${names}: ${what}. Record it for fixed sizes (dynamicBatch: false).`,
  )
}
