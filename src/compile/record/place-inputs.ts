/** The inputs of a graph: values that the caller passes at each run, and the parts of parameters that the function uses. */
import { blockSize, bytesPerBlock } from '../../quantization/block-size'
import { unsignedZero } from '../../quantization/unsigned'
import type { GraphStorage } from '../storage'
import type { ElementType, GraphBuilder, GraphInput, Operand, ParameterPart } from '../graph'

/** An input of the function that is recorded. */
export interface InputSpec {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  /** Set for parameters: how their values are stored. */
  readonly storage?: GraphStorage
  /** Set if the graph receives values of a type that tfjs does not have. The function sees `dtype`. */
  readonly given?: 'int64'
}

/** Creates the graph inputs, and the operands that `fn` receives. */
export function placeInputs(graph: GraphBuilder, specs: Readonly<Record<string, InputSpec>>) {
  const inputs = new Map<string, GraphInput>()
  const operands = mapEntries(specs, ({ shape, dtype, storage, given }, name): Operand => {
    if (storage) return weightOperand(graph, inputs, name, shape, storage, [0, shape[0] ?? 1])
    inputs.set(name, { name, type: given ?? dtype, shape })
    const value = given ? once(() => graph.node('Cast', [name], { to: { type: dtype } })) : () => name
    return { value, shape: [...shape], dtype }
  })
  return { inputs, operands }
}

/** Rows of a parameter. Values of another type are converted when they are first used. */
function weightOperand(
  graph: GraphBuilder,
  inputs: Map<string, GraphInput>,
  of: string,
  shape: readonly number[],
  storage: GraphStorage,
  rows: readonly [number, number],
): Operand {
  const [from, to] = rows
  const rest = shape.slice(1)
  const isWhole = shape.length === 0 || to - from === shape[0]
  const place = (array: ParameterPart['array'], type: ElementType, partShape: readonly number[]) => {
    const name = `${of}${isWhole ? '' : `[${from}:${to}]`}${array === 'scales' ? '.scales' : ''}`
    inputs.set(name, { name, type, shape: partShape, parameter: { of, array, rows } })
    return name
  }
  const partShape = shape.length === 0 ? [] : [to - from, ...rest]
  const quantized = () => ({
    values: place('values', storage === 'uint8' ? 'uint8' : 'int8', [...rest, to - from]),
    scales: place('scales', 'float32', [to - from]),
    zero: storage === 'uint8' ? graph.constant('uint8', [unsignedZero], []) : '',
  })
  const blocks = () => ({
    values: place('values', 'uint8', [to - from, rest[0]! / blockSize, bytesPerBlock]),
    scales: place('scales', 'float32', [to - from, rest[0]! / blockSize]),
  })
  const toFloats = (values: string) => graph.node('Cast', [values], { to: { type: 'float32' } })
  const value = once(() => {
    switch (storage) {
      case 'float32':
        return place('values', 'float32', partShape)
      case 'float16':
        return toFloats(place('values', 'float16', partShape))
      case 'int8':
      case 'uint8': {
        const { values, scales } = quantized()
        const zeros = storage === 'uint8' ? [graph.constant('uint8', Array(to - from).fill(unsignedZero))] : []
        const transposed = graph.node('DequantizeLinear', [values, scales, ...zeros], { axis: 1 }) // [columns, rows]
        return graph.node('Transpose', [transposed], { perm: [1, 0] })
      }
      case 'int4':
        return unpackBlocks(graph, blocks(), partShape)
      case 'int8-rows': {
        const values = place('values', 'int8', partShape)
        return graph.node('DequantizeLinear', [values, place('scales', 'float32', [to - from])], { axis: 0 })
      }
    }
  })
  return {
    value,
    shape: partShape,
    dtype: 'float32',
    weight: {
      rows: (a, b) => weightOperand(graph, inputs, of, shape, storage, [from + a, from + b]),
      ...((storage === 'int8' || storage === 'uint8') && { quantized }),
      ...(storage === 'int4' && { blocks }),
      ...(storage === 'int8-rows' && {
        lookUp: (ids: string) => {
          const values = graph.node('Gather', [place('values', 'int8', partShape), ids], { axis: 0 }) // […, columns]
          const scales = graph.node('Gather', [place('scales', 'float32', [to - from]), ids], { axis: 0 }) // […]
          return graph.node('Mul', [toFloats(values), graph.node('Unsqueeze', [scales, graph.ints([-1])])])
        },
      }),
    },
  }
}

/** The floats of a matrix of 4-bit integers, with operations that every program has: `[rows, blocks, 16] → [rows, columns]`. */
function unpackBlocks(
  graph: GraphBuilder,
  { values, scales }: { readonly values: string; readonly scales: string },
  shape: readonly number[],
): string {
  const float = (value: number) => graph.constant('float32', [value], [])
  const last = (value: string) => graph.node('Unsqueeze', [value, graph.ints([-1])])
  const bytes = graph.node('Cast', [values], { to: { type: 'float32' } })
  const high = graph.node('Floor', [graph.node('Mul', [bytes, float(1 / 16)])])
  const low = graph.node('Sub', [bytes, graph.node('Mul', [high, float(16)])])
  const pairs = graph.node('Concat', [last(low), last(high)], { axis: -1 }) // [rows, blocks, 16, 2]
  const integers = graph.node('Reshape', [pairs, graph.ints([shape[0]!, -1, blockSize])]) // [rows, blocks, 32]
  const floats = graph.node('Mul', [graph.node('Sub', [integers, float(8)]), last(scales)])
  return graph.node('Reshape', [floats, graph.ints(shape)])
}

export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

export function mapEntries<A, B>(
  record: Readonly<Record<string, A>>,
  fn: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]))
}
