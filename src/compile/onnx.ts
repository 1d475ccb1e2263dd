/** Writes graphs as ONNX files (onnx.proto, version 1.16), with only the fields that graphs of tensors need. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { bytesPerElement } from '../element-types'
import { elementCount } from '../shape'
import type { AttributeValue, ElementType, Graph, GraphConstant, GraphNode, GraphValue } from './graph'

/** ONNX's numbers for element types (TensorProto.DataType). */
const elementTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
}

/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 }

/** The opset, which ONNX Runtime 1.17 and later support. */
const opset = 20

/** Operators that were added later. */
const laterOpsets: Readonly<Record<string, number>> = { Attention: 23 }

/** The oldest version of the file format for this opset (IR_VERSION 9). */
const irVersion = 9

/** The version of the operators of ONNX Runtime's domain. */
const domainVersion = 1

type Shaped = number | string

/** The parts of a file in addition to its graph. */
export interface FileOptions {
  /** Strings by name, for readers of the file (ModelProto.metadata_props). */
  readonly metadata?: Readonly<Record<string, string>>
  /** The places of constants that are not in the model's file. */
  readonly external?: ExternalData
}

/** Constants in other files, by their names. Paths are relative to the model's file. */
export type ExternalData = ReadonlyMap<string, { readonly file: string; readonly offset: number }>

type Write = (writer: BinaryWriter) => BinaryWriter

const message = (field: number, write: Write): Write => {
  return (writer) => write(writer.tag(field, WireType.LengthDelimited).fork()).join()
}
const text = (field: number, value: string): Write => {
  return (writer) => writer.tag(field, WireType.LengthDelimited).string(value)
}
const bytes = (field: number, value: Uint8Array): Write => {
  return (writer) => writer.tag(field, WireType.LengthDelimited).bytes(value)
}
/** The header of a bytes field. The caller writes the bytes. */
const lengthDelimited = (field: number, length: number): Write => {
  return (writer) => writer.tag(field, WireType.LengthDelimited).uint32(length)
}
const raw = (value: Uint8Array): Write => {
  return (writer) => writer.raw(value)
}
const integer = (field: number, value: number): Write => {
  return (writer) => writer.tag(field, WireType.Varint).int64(value)
}
const float = (field: number, value: number): Write => {
  return (writer) => writer.tag(field, WireType.Bit32).float(value)
}
const all = (...writes: readonly Write[]): Write => {
  return (writer) => writes.reduce((to, write) => write(to), writer)
}
const each = <T>(values: readonly T[], write: (value: T) => Write): Write => all(...values.map(write))

/** The bytes of an ONNX model (ModelProto). */
export function encodeModel(graph: Graph<Shaped>, options: FileOptions = {}): Uint8Array {
  const chunks = [...modelChunks(graph, options)]
  const model = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    model.set(chunk, at)
    at += chunk.length
  }
  return model
}

/** The same in pieces. The bytes of a constant are requested when they are written. Constants in `external` are left out. */
export function* modelChunks(
  graph: Graph<Shaped>,
  { metadata = {}, external }: FileOptions = {},
): Generator<Uint8Array> {
  const domains = new Set(['', ...graph.nodes.map(({ domain }) => domain)])
  const ofOnnx = graph.nodes.filter(({ domain }) => domain === '')
  const needed = Math.max(opset, ...ofOnnx.map(({ op }) => laterOpsets[op] ?? opset))
  const body = encode(graphBody(graph))
  const constants = graph.constants.map((constant) => ({ constant, ...constantHead(constant, external) }))
  const length = constants.reduce((sum, { head, inline }) => sum + head.length + inline, body.length)
  yield encode(
    all(
      integer(1, irVersion),
      text(2, 'dreamlip'),
      each([...domains], (domain) =>
        message(8, all(text(1, domain), integer(2, domain === '' ? needed : domainVersion))),
      ),
      each(Object.entries(metadata), ([key, value]) => message(14, all(text(1, key), text(2, value)))),
      lengthDelimited(7, length),
    ),
  )
  yield body
  for (const { constant, head, inline } of constants) {
    yield head
    if (inline > 0) yield constant.bytes
  }
}

/** The number of bytes of a constant's values. */
export function constantLength({ type, shape }: Pick<GraphConstant, 'type' | 'shape'>): number {
  return elementCount(shape) * bytesPerElement(type)
}

function encode(write: Write): Uint8Array {
  return write(new BinaryWriter()).finish()
}

/** The fields of a GraphProto except its constants. */
function graphBody({ nodes, inputs, outputs }: Graph<Shaped>): Write {
  return all(
    each(nodes, (node) => message(1, nodeProto(node))),
    text(2, 'dreamlip'),
    each(inputs, (value) => message(11, valueProto(value))),
    each(outputs, (value) => message(12, valueProto(value))),
  )
}

/** A GraphProto inside an operation. */
function wholeGraph(graph: Graph<Shaped>): Write {
  const constants = each(graph.constants, (constant) => all(raw(constantHead(constant).head), raw(constant.bytes)))
  return all(graphBody(graph), constants)
}

/** The start of a constant as a field of a GraphProto, and the number of bytes of values that follow. */
function constantHead(constant: GraphConstant, external?: ExternalData): { head: Uint8Array; inline: number } {
  const length = constantLength(constant)
  const outside = external?.get(constant.name)
  const fields = encode(
    all(tensorFields(constant), outside ? place(outside.file, outside.offset, length) : lengthDelimited(9, length)),
  )
  const inline = outside ? 0 : length
  return { head: encode(all(lengthDelimited(5, fields.length + inline), raw(fields))), inline }
}

function nodeProto({ op, domain, inputs, outputs, attributes }: GraphNode): Write {
  return all(
    each(inputs, (name) => text(1, name)),
    each(outputs, (name) => text(2, name)),
    text(3, outputs[0]!),
    text(4, op),
    each(Object.entries(attributes), ([name, value]) => message(5, all(text(1, name), attribute(value)))),
    text(7, domain),
  )
}

function attribute(value: AttributeValue): Write {
  if (typeof value === 'number') return all(integer(3, value), integer(20, attributeTypes.int))
  if (typeof value === 'string')
    return all(bytes(4, new TextEncoder().encode(value)), integer(20, attributeTypes.string))
  if ('float' in value) return all(float(2, value.float), integer(20, attributeTypes.float))
  if ('type' in value) return attribute(elementTypes[value.type])
  if ('graph' in value) return all(message(6, wholeGraph(value.graph)), integer(20, attributeTypes.graph))
  return all(
    each(value, (item) => integer(8, item)),
    integer(20, attributeTypes.ints),
  )
}

/** A TensorProto without its values. */
function tensorFields({ name, type, shape }: GraphConstant): Write {
  return all(
    each(shape, (size) => integer(1, size)),
    integer(2, elementTypes[type]),
    text(8, name),
  )
}

/** The place of a tensor's values in another file. */
function place(location: string, offset: number, length: number): Write {
  const entries = { location, offset: String(offset), length: String(length) }
  return all(
    each(Object.entries(entries), ([key, value]) => message(13, all(text(1, key), text(2, value)))),
    integer(14, 1), // DataLocation.EXTERNAL
  )
}

function valueProto({ name, type, shape }: GraphValue<Shaped>): Write {
  const dimensions = each(shape, (size) => message(1, typeof size === 'string' ? text(2, size) : integer(1, size)))
  return all(text(1, name), message(2, message(1, all(integer(1, elementTypes[type]), message(2, dimensions)))))
}
