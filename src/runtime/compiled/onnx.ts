/** Writes graphs as ONNX files (onnx.proto, version 1.16): only the fields that graphs of tensors need. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
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
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 }

/** Operators of this opset are used; ONNX Runtime 1.17 and later have it. */
const opset = 20

/** Operators that came later. */
const laterOpsets: Readonly<Record<string, number>> = { Attention: 23 }

/** The oldest version of the file format that the opset fits (IR_VERSION 9). */
const irVersion = 9

/** Where constants lie that stand outside of the model's file. */
export interface ExternalData {
  /** Path of the file, relative to the model's. */
  readonly location: string
  /** Offsets of constants in that file, by name. */
  readonly offsets: ReadonlyMap<string, number>
}

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

/** The bytes of an ONNX model (ModelProto). Constants that `external` names are left out of it. */
export function encodeModel(graph: Graph, external?: ExternalData): Uint8Array {
  const domains = new Set(['', ...graph.nodes.map(({ domain }) => domain)])
  const ofOnnx = graph.nodes.filter(({ domain }) => domain === '')
  const needed = Math.max(opset, ...ofOnnx.map(({ op }) => laterOpsets[op] ?? opset))
  const write = all(
    integer(1, irVersion),
    text(2, 'dreamlip'),
    message(7, graphProto(graph, external)),
    each([...domains], (domain) => message(8, all(text(1, domain), integer(2, domain === '' ? needed : 1)))),
  )
  return write(new BinaryWriter()).finish()
}

function graphProto({ nodes, constants, inputs, outputs }: Graph, external?: ExternalData): Write {
  return all(
    each(nodes, (node) => message(1, nodeProto(node))),
    text(2, 'dreamlip'),
    each(constants, (constant) => message(5, tensorProto(constant, external))),
    each(inputs, (value) => message(11, valueProto(value))),
    each(outputs, (value) => message(12, valueProto(value))),
  )
}

function nodeProto({ op, domain, inputs, outputs, attributes }: GraphNode): Write {
  return all(
    each(inputs, (name) => text(1, name)),
    each(outputs, (name) => text(2, name)),
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
  return all(
    each(value, (item) => integer(8, item)),
    integer(20, attributeTypes.ints),
  )
}

function tensorProto({ name, type, shape, bytes: raw }: GraphConstant, external?: ExternalData): Write {
  const offset = external?.offsets.get(name)
  const head = all(
    each(shape, (size) => integer(1, size)),
    integer(2, elementTypes[type]),
    text(8, name),
  )
  if (offset === undefined) return all(head, bytes(9, raw))
  const entries = { location: external!.location, offset: String(offset), length: String(raw.length) }
  return all(
    head,
    each(Object.entries(entries), ([key, value]) => message(13, all(text(1, key), text(2, value)))),
    integer(14, 1), // DataLocation.EXTERNAL
  )
}

function valueProto({ name, type, shape }: GraphValue): Write {
  const dimensions = each(shape, (size) => message(1, typeof size === 'string' ? text(2, size) : integer(1, size)))
  return all(text(1, name), message(2, message(1, all(integer(1, elementTypes[type]), message(2, dimensions)))))
}
