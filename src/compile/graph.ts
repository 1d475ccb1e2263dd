/** A graph of ONNX operations under construction. */
import type { DataType } from '@tensorflow/tfjs-core'

/** Element types of graphs: the types that tfjs computes with, and those of weights, shapes and JavaScript's numbers. */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64' | 'float64' | 'float16' | 'int8' | 'uint8'

/** Values of an ONNX attribute. A plain number is an integer. Floats are marked. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly type: ElementType }
  | { readonly graph: Graph }

export interface GraphNode {
  readonly op: string
  /** Empty for ONNX's own operators. */
  readonly domain: string
  /** Names of values. An empty name is an omitted optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/** A value with a type and a shape. Sizes that are only known when the graph runs are names. */
export interface GraphValue<Size = number> {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly Size[]
}

/** Rows of a parameter, which a graph reads instead of a slice. Neighbouring rows need no copy. */
export interface ParameterPart {
  readonly of: string
  /** A quantized parameter has two arrays. */
  readonly array: 'values' | 'scales'
  readonly rows: readonly [from: number, to: number]
}

/** A value that is passed when the graph runs. */
export interface GraphInput<Size = number> extends GraphValue<Size> {
  /** Set if the runtime passes it, not the caller. */
  readonly parameter?: ParameterPart
}

/** A value known before the graph runs. */
export interface GraphConstant extends GraphValue {
  /** Row-major, as little-endian bytes of the element type. Weights for a file compute them on request. */
  readonly bytes: Uint8Array
}

/** A recorded graph. The nodes are in an order in which they can run. */
export interface Graph<Size = number> {
  readonly inputs: readonly GraphInput<Size>[]
  readonly outputs: readonly GraphValue<Size>[]
  readonly constants: readonly GraphConstant[]
  readonly nodes: readonly GraphNode[]
}

/** A tensor as a kernel's rule sees it: a value of the graph, with its shape in tfjs. */
export interface Operand {
  /** The name of the value. Constants and converted weights are added to the graph when the name is first requested. */
  readonly value: () => string
  readonly shape: number[]
  readonly dtype: DataType
  /** Set for parameters and rows of them. */
  readonly weight?: Weight
  /** Set for products to which a vector can be added in the same operation: returns the product plus the vector. */
  readonly withBias?: (bias: Operand) => Operand
  /** Set for squares, because a sum of squares is one operation. */
  readonly squareOf?: Operand
  /** Set for `x · weightᵀ + bias`, because columns of it are a product with rows of the weight. */
  readonly product?: { readonly x: Operand; readonly weight: Operand; readonly bias?: Operand }
}

/** The properties of a parameter that rules can use. */
export interface Weight {
  rows(from: number, to: number): Operand
  /**
   * The names of the integers, `[columns, rows]`, of the scales of rows, and of the integer for 0 (empty: it is 0), if it is stored as
   * int8 or uint8.
   */
  readonly quantized?: () => { readonly values: string; readonly scales: string; readonly zero: string }
  /** The names of the integers, `[rows, blocks, 16]`, and of the scales of blocks, `[rows, blocks]`, if it is stored as int4. */
  readonly blocks?: () => { readonly values: string; readonly scales: string }
  /** The value of rows by their ids, `[…] → […, columns]`, if only these rows have to be converted to floats. */
  readonly lookUp?: (ids: string) => string
}

/** A graph to which rules add operations. */
export interface GraphBuilder {
  /** Adds a node with one output and returns the output's name. */
  node(op: string, inputs: readonly string[], attributes?: GraphNode['attributes'], domain?: string): string
  /** Adds a node with several outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: GraphNode['attributes'],
    domain?: string,
  ): string[]
  /** Adds a constant. Equal constants are stored once. */
  constant(type: ElementType, values: ArrayLike<number>, shape?: readonly number[]): string
  /** Adds a vector of int64, ONNX's form of shapes and axes. */
  ints(values: readonly number[]): string
}

/** A builder, and the nodes and constants built so far. */
export interface BuiltGraph extends GraphBuilder {
  readonly built: readonly GraphNode[]
  readonly constants: ReadonlyMap<string, GraphConstant>
}

/** @param prefix the prefix of names of values. Names of a function's inputs and outputs never look like `%0` */
export function createGraphBuilder(prefix = '%'): BuiltGraph {
  const built: GraphNode[] = []
  const constants = new Map<string, GraphConstant>()
  let count = 0
  const fresh = () => `${prefix}${count++}`

  const nodes: GraphBuilder['nodes'] = (op, inputs, outputs, attributes = {}, domain = '') => {
    const names = Array.from({ length: outputs }, fresh)
    built.push({ op, domain, inputs, outputs: names, attributes })
    return names
  }
  const constant: GraphBuilder['constant'] = (type, values, shape = [values.length]) => {
    const bytes = encodeValues(type, values)
    const key = constantKey(type, shape, bytes)
    const known = constants.get(key)
    if (known && equalBytes(known.bytes, bytes)) return known.name
    const name = fresh()
    constants.set(known ? `${key} ${name}` : key, { name, type, shape, bytes })
    return name
  }
  return {
    built,
    constants,
    nodes,
    constant,
    node: (op, inputs, attributes, domain) => nodes(op, inputs, 1, attributes, domain)[0]!,
    ints: (values) => constant('int64', values),
  }
}

/** Returns the graph of these outputs, under their names. Unneeded nodes are left out. */
export function finish(
  graph: BuiltGraph,
  inputs: readonly GraphInput[],
  outputs: readonly { readonly name: string; readonly operand: Operand }[],
): Graph {
  const names = new Map<string, string>()
  const produced = new Set(graph.built.flatMap((node) => node.outputs))
  for (const { name, operand } of outputs) {
    const value = operand.value()
    // Inputs, constants and values with two names are copied to the output. All others are renamed.
    if (names.has(value) || !produced.has(value)) names.set(graph.node('Identity', [value]), name)
    else names.set(value, name)
  }
  const rename = (value: string) => names.get(value) ?? value
  const needed = new Set(outputs.map(({ name }) => name))
  const nodes = graph.built
    .map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }))
    .reverse()
    .filter((node) => {
      if (!node.outputs.some((name) => needed.has(name))) return false
      node.inputs.forEach((name) => needed.add(name))
      return true
    })
  return {
    nodes: nodes.reverse().map((node) => withoutUnneeded(node, (name) => needed.has(name))),
    inputs: inputs.filter(({ name }) => needed.has(name)),
    outputs: outputs.map(({ name, operand }) => ({ name, type: operand.dtype as ElementType, shape: operand.shape })),
    constants: [...graph.constants.values()].filter(({ name }) => needed.has(name)),
  }
}

/** ONNX operations whose outputs after the first one are optional. All others must name every output. */
const withOptionalOutputs: readonly string[] = ['LayerNormalization', 'MaxPool']

/** Leaves out trailing outputs that are not needed, so that operations can skip them. */
function withoutUnneeded(node: GraphNode, isNeeded: (name: string) => boolean): GraphNode {
  if (node.domain === '' && !withOptionalOutputs.includes(node.op)) return node
  return { ...node, outputs: node.outputs.slice(0, node.outputs.map(isNeeded).lastIndexOf(true) + 1) }
}

/** Values as little-endian bytes of a type. */
export function encodeValues(type: ElementType, values: ArrayLike<number>): Uint8Array {
  switch (type) {
    case 'float32':
      return bytesOf(values instanceof Float32Array ? values : Float32Array.from(values))
    case 'int32':
      return bytesOf(values instanceof Int32Array ? values : Int32Array.from(values))
    case 'int64':
      return bytesOf(BigInt64Array.from(Array.from(values, BigInt)))
    case 'float64':
      return bytesOf(Float64Array.from(values))
    case 'float16':
      return bytesOf(values instanceof Uint16Array ? values : Uint16Array.from(values))
    case 'int8':
      return bytesOf(values instanceof Int8Array ? values : Int8Array.from(values))
    case 'bool':
    case 'uint8':
      return values instanceof Uint8Array ? values : Uint8Array.from(values)
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** A key of a constant: all bytes of a small one, a sample of a large one. Equality is checked afterwards. */
function constantKey(type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
  return `${type} [${shape.join()}] ${bytes.subarray(0, 64).join()}`
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
