/** Writes plain data and tensors as a Python pickle, protocol 2, as `torch.save` does. */
import { show } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { checkHostTensor, elementCount } from '../dtype'
import type { CheckpointDtype, HostTensor } from '../tensor'

/** Data that a checkpoint can hold. Maps and objects become dicts, arrays lists, whole numbers ints. */
export type CheckpointState =
  | null
  | boolean
  | number
  | bigint
  | string
  | HostTensor
  | readonly CheckpointState[]
  | ReadonlyMap<string | number, CheckpointState>
  | { readonly [key: string]: CheckpointState }

const storageTypes: Readonly<Record<CheckpointDtype, string>> = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
}

/** Deeper data is taken for a cycle. */
const deepest = 100

/**
 * @returns the pickle, and the tensors in the order of their storages' keys with their places in the state; one that occurs
 * twice is stored once
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the place of a value that a checkpoint cannot hold
 */
export function writePickle(state: CheckpointState): {
  bytes: Uint8Array
  tensors: { readonly tensor: HostTensor; readonly path: string }[]
} {
  const out = byteWriter()
  const stored = new Map<HostTensor, { readonly key: number; readonly path: string }>()
  const string = (text: string) => {
    const encoded = new TextEncoder().encode(text)
    out.byte(0x58).uint32(encoded.length).bytes(encoded) // BINUNICODE
  }
  const integer = (value: number | bigint) => {
    if (value >= -(2 ** 31) && value < 2 ** 31)
      out.byte(0x4a).uint32(Number(value) >>> 0) // BININT
    else
      out
        .byte(0x8a)
        .byte(9)
        .bytes(twosComplement(BigInt(value), 9)) // LONG1: nine bytes hold every safe integer and uint64
  }
  const global = (module: string, name: string) =>
    out.byte(0x63).bytes(new TextEncoder().encode(`${module}\n${name}\n`))
  const tuple = (items: readonly (() => void)[]) => {
    out.byte(0x28) // MARK
    items.forEach((write) => write())
    out.byte(0x74) // TUPLE
  }
  const tensor = (value: HostTensor, path: string) => {
    const { key } = stored.get(value) ?? { key: stored.size }
    if (key === stored.size) stored.set(value, { key, path })
    const { shape, dtype } = checkHostTensor(path, value)
    const count = elementCount(shape)
    global('torch._utils', '_rebuild_tensor_v2')
    tuple([
      () => {
        const type = () => global('torch', storageTypes[dtype])
        tuple([() => string('storage'), type, () => string(String(key)), () => string('cpu'), () => integer(count)])
        out.byte(0x51) // BINPERSID
      },
      () => integer(0),
      () => tuple(shape.map((size) => () => integer(size))),
      () => tuple(rowMajorStrides(shape).map((stride) => () => integer(stride))),
      () => out.byte(0x89), // requires_grad: NEWFALSE
      () => {
        global('collections', 'OrderedDict') // no hooks
        out.byte(0x29).byte(0x52) // EMPTY_TUPLE REDUCE
      },
    ])
    out.byte(0x52) // REDUCE
  }
  const dict = (entries: Iterable<readonly [string | number, CheckpointState]>, path: string, depth: number) => {
    out.byte(0x7d).byte(0x28) // EMPTY_DICT MARK
    for (const [key, item] of entries) {
      if (Number.isSafeInteger(key)) integer(key as number)
      else if (typeof key === 'string') string(key)
      else refuse(path, `the key ${show(key)}; keys are strings or whole numbers`)
      write(item, `${path}.${key}`, depth + 1)
    }
    out.byte(0x75) // SETITEMS
  }
  const write = (value: CheckpointState, path: string, depth = 0): void => {
    if (depth > deepest) refuse(path.slice(0, 100), `data nested deeper than ${deepest} levels, or a cycle`)
    if (value === null) out.byte(0x4e)
    else if (typeof value === 'boolean') out.byte(value ? 0x88 : 0x89)
    else if (typeof value === 'bigint') integer(inRange(value, path))
    else if (typeof value === 'number') {
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) integer(value)
      else out.byte(0x47).float64(value) // BINFLOAT
    } else if (typeof value === 'string') string(value)
    else if (Array.isArray(value)) {
      out.byte(0x5d).byte(0x28) // EMPTY_LIST MARK
      ;(value as readonly CheckpointState[]).forEach((item, i) => write(item, `${path}.${i}`, depth + 1))
      out.byte(0x65) // APPENDS
    } else if (typeof value !== 'object') refuse(path, typeof value)
    else if (value instanceof Map) dict(value as ReadonlyMap<string | number, CheckpointState>, path, depth)
    else if (isTensor(value)) tensor(value, path)
    else dict(Object.entries(value as Record<string, CheckpointState>), path, depth)
  }
  out.byte(0x80).byte(2) // PROTO 2
  write(state, 'state')
  out.byte(0x2e) // STOP
  return { bytes: out.done(), tensors: [...stored].map(([value, { path }]) => ({ tensor: value, path })) }
}

/** Without a look at `data`, which may be a copy from a device each time. */
function isTensor(value: object): value is HostTensor {
  return 'data' in value && 'shape' in value && 'dtype' in value && Array.isArray(value.shape)
}

function inRange(value: bigint, path: string): bigint {
  return BigInt.asIntN(72, value) === value ? value : refuse(path, 'an integer of more than 72 bits')
}

function refuse(path: string, what: string): never {
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${shorten(path, 200)}: expected null, a boolean, number, string, tensor, array, Map or object; got ${what}.`,
  )
}

function rowMajorStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * Math.max(size, 1), 1))
}

function twosComplement(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

interface ByteWriter {
  byte(value: number): ByteWriter
  uint32(value: number): ByteWriter
  /** Big-endian, as BINFLOAT has it. */
  float64(value: number): ByteWriter
  bytes(values: Uint8Array): ByteWriter
  done(): Uint8Array
}

/** Appends to a buffer that grows. */
function byteWriter(): ByteWriter {
  let buffer = new Uint8Array(1 << 12)
  let length = 0
  const reserve = (count: number): number => {
    if (length + count > buffer.length) {
      const larger = new Uint8Array(Math.max(2 * buffer.length, length + count))
      larger.set(buffer)
      buffer = larger
    }
    length += count
    return length - count
  }
  const writer: ByteWriter = {
    byte(value) {
      const at = reserve(1)
      buffer[at] = value
      return writer
    },
    uint32(value) {
      const at = reserve(4)
      new DataView(buffer.buffer).setUint32(at, value, true)
      return writer
    },
    float64(value) {
      const at = reserve(8)
      new DataView(buffer.buffer).setFloat64(at, value)
      return writer
    },
    bytes(values) {
      const at = reserve(values.length)
      buffer.set(values, at)
      return writer
    },
    done: () => buffer.slice(0, length),
  }
  return writer
}
