/** Writes plain data and tensors as a Python pickle, protocol 2, as `torch.save` does. */
import { show } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { elementCount } from '../../shape'
import { checkHostTensor } from '../dtype'
import type { HostTensor } from '../tensor'
import { storageClass } from './element-types'
import { Opcode } from './pickle/opcode'
import { fitsInteger, PickleOutput } from './pickle/output'

/** Data that a checkpoint can contain. Maps and objects become dicts, arrays lists, whole numbers ints. */
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

/** A tensor, and the place in the state where it first occurs. */
interface StoredTensor {
  readonly tensor: HostTensor
  readonly path: string
}

/** The pickle so far, and its tensors with the keys of their storages. */
interface Writing {
  readonly out: PickleOutput
  readonly stored: Map<HostTensor, { readonly key: number; readonly path: string }>
}

/** Deeper data is probably a cycle, and is refused. */
const deepest = 100

/**
 * @returns the pickle, and its tensors in the order of their storages' keys; a tensor that occurs twice is stored once
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the place of a value that a checkpoint cannot contain
 */
export function pickleState(state: CheckpointState): { bytes: Uint8Array; tensors: StoredTensor[] } {
  const writing: Writing = { out: new PickleOutput(), stored: new Map() }
  writing.out.opcode(Opcode.PROTO, 2)
  writeValue(writing, state, 'state', 0)
  writing.out.opcode(Opcode.STOP)
  const tensors = [...writing.stored].map(([tensor, { path }]) => ({ tensor, path }))
  return { bytes: writing.out.bytes(), tensors }
}

function writeValue(writing: Writing, value: CheckpointState, path: string, depth: number): void {
  const { out } = writing
  if (depth > deepest) refuse(path.slice(0, 100), `data nested deeper than ${deepest} levels, or a cycle`)
  if (value === null) out.opcode(Opcode.NONE)
  else if (typeof value === 'boolean') out.boolean(value)
  else if (typeof value === 'number') writeNumber(out, value)
  else if (typeof value === 'bigint') out.integer(inRange(value, path))
  else if (typeof value === 'string') out.text(value)
  else if (Array.isArray(value)) writeList(writing, value as readonly CheckpointState[], path, depth)
  else if (typeof value !== 'object') refuse(path, typeof value)
  else if (value instanceof Map) writeDict(writing, value as ReadonlyMap<string | number, CheckpointState>, path, depth)
  else if (isTensor(value)) writeTensor(writing, value, path)
  else writeDict(writing, Object.entries(value as Record<string, CheckpointState>), path, depth)
}

function writeNumber(out: PickleOutput, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) out.integer(value)
  else out.float(value)
}

function writeList(writing: Writing, items: readonly CheckpointState[], path: string, depth: number): void {
  writing.out.opcode(Opcode.EMPTY_LIST, Opcode.MARK)
  items.forEach((item, i) => writeValue(writing, item, `${path}.${i}`, depth + 1))
  writing.out.opcode(Opcode.APPENDS)
}

type Entries = Iterable<readonly [string | number, CheckpointState]>

function writeDict(writing: Writing, entries: Entries, path: string, depth: number): void {
  const { out } = writing
  out.opcode(Opcode.EMPTY_DICT, Opcode.MARK)
  for (const [key, item] of entries) {
    if (Number.isSafeInteger(key)) out.integer(key as number)
    else if (typeof key === 'string') out.text(key)
    else refuse(path, `the key ${show(key)}; keys are strings or whole numbers`)
    writeValue(writing, item, `${path}.${key}`, depth + 1)
  }
  out.opcode(Opcode.SETITEMS)
}

/** The call `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`. */
function writeTensor({ out, stored }: Writing, tensor: HostTensor, path: string): void {
  const { key } = stored.get(tensor) ?? { key: stored.size }
  if (key === stored.size) stored.set(tensor, { key, path })
  const { shape } = checkHostTensor(path, tensor)
  out.global('torch._utils', '_rebuild_tensor_v2')
  out.tuple(() => {
    writeStorage(out, tensor, key)
    out.integer(0)
    writeSizes(out, shape)
    writeSizes(out, rowMajorStrides(shape))
    out.boolean(false)
    out.global('collections', 'OrderedDict')
    out.opcode(Opcode.EMPTY_TUPLE, Opcode.REDUCE)
  })
  out.opcode(Opcode.REDUCE)
}

/** The persistent id `('storage', type, key, device, elements)`. */
function writeStorage(out: PickleOutput, { shape, dtype }: HostTensor, key: number): void {
  out.tuple(() => {
    out.text('storage')
    out.global('torch', storageClass(dtype))
    out.text(String(key))
    out.text('cpu')
    out.integer(elementCount(shape))
  })
  out.opcode(Opcode.BINPERSID)
}

function writeSizes(out: PickleOutput, sizes: readonly number[]): void {
  out.tuple(() => sizes.forEach((size) => out.integer(size)))
}

/** Does not read `data`, which may be copied from a device each time. */
function isTensor(value: object): value is HostTensor {
  return 'data' in value && 'shape' in value && 'dtype' in value && Array.isArray(value.shape)
}

function inRange(value: bigint, path: string): bigint {
  return fitsInteger(value) ? value : refuse(path, 'an integer of more than 72 bits')
}

function rowMajorStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1).map((size) => Math.max(size, 1))))
}

function refuse(path: string, what: string): never {
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${shorten(path, 200)}: expected null, a boolean, number, string, tensor, array, Map or object; got ${what}.`,
  )
}
