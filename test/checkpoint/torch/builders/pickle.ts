/** Writes pickles opcode by opcode, and puts them into PyTorch archives. */
import { zipBytes, type EntryPlan } from './zip'

export type Code = (number | string | Uint8Array)[]

/** Bytes of opcodes: numbers are bytes, strings Latin-1. */
export function pickle(...code: Code): Uint8Array {
  return Buffer.concat(
    code.map((part) =>
      typeof part === 'number' ? Uint8Array.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  )
}

export function uint32(value: number): Uint8Array {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}

export function uint64(value: bigint): Uint8Array {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(value)
  return buffer
}

/** `BINUNICODE`. */
export function unicode(text: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(text as string)
  return pickle('X', uint32(bytes.length), bytes)
}

/** `BININT`, or `BINFLOAT` for numbers that are not 32-bit integers. */
export function int(value: number): Uint8Array {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return pickle('J', uint32(value >>> 0))
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleBE(value)
  return pickle('G', buffer)
}

/** `LONG1` of eight bytes. */
export function long(value: bigint): Uint8Array {
  return pickle(0x8a, 8, uint64(BigInt.asUintN(64, value)))
}

export function global(module: string, name: string): Uint8Array {
  return pickle(`c${module}\n${name}\n`)
}

export function tuple(...items: readonly Uint8Array[]): Uint8Array {
  return pickle('(', ...items, 't')
}

/** A dict of names and values. */
export function dict(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  return pickle('}(', ...entries.flatMap(([name, value]) => [unicode(name), value]), 'u')
}

export interface TensorPlan {
  readonly type?: string
  readonly key?: string
  readonly count?: Uint8Array
  readonly offset?: Uint8Array
  readonly shape?: readonly Uint8Array[]
  readonly stride?: readonly Uint8Array[]
}

/** `_rebuild_tensor_v2`; by default four float32 values of storage 0 as [2, 2]. */
export function tensor(plan: TensorPlan = {}): Uint8Array {
  const { type = 'FloatStorage', key = '0', count = int(4), offset = int(0) } = plan
  const { shape = [int(2), int(2)], stride = [int(2), int(1)] } = plan
  const storage = tuple(unicode('storage'), global('torch', type), unicode(key), unicode('cpu'), count)
  const hooks = pickle(global('collections', 'OrderedDict'), ')R')
  const args = tuple(pickle(storage, 'Q'), offset, tuple(...shape), tuple(...stride), pickle(0x89), hooks)
  return pickle(global('torch._utils', '_rebuild_tensor_v2'), args, 'R')
}

/** A program of protocol 2. */
export function program(...code: Code): Uint8Array {
  return pickle(0x80, 2, ...code, '.')
}

/** A PyTorch archive around a pickle: by default with one storage of four float32 values, 1 to 4. */
export function torchFile(
  data: Uint8Array,
  storages: readonly (readonly [string, Uint8Array])[] = [['0', new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)]],
  more: readonly EntryPlan[] = [],
): Uint8Array {
  return zipBytes([
    { name: 'archive/data.pkl', data },
    ...storages.map(([key, bytes]) => ({ name: `archive/data/${key}`, data: bytes })),
    { name: 'archive/version', data: Buffer.from('3\n') },
    ...more,
  ])
}

export interface LegacyPlan {
  readonly magic?: Uint8Array
  readonly littleEndian?: boolean
  /** The contents of the list of storages. */
  readonly keys?: readonly string[]
  /** The number before the elements. */
  readonly count?: bigint
  readonly elements?: Uint8Array
}

/** A file from before PyTorch 1.6 around a pickle: by default with one storage of four float32 values, 1 to 4. */
export function legacyFile(data: Uint8Array, plan: LegacyPlan = {}): Uint8Array {
  const { littleEndian = true, keys = ['0'], count = 4n } = plan
  const magic = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex')
  const machine = pickle('}', unicode('little_endian'), littleEndian ? 0x88 : 0x89, 's')
  return Buffer.concat([
    program(plan.magic ?? magic),
    program(int(1001)),
    program(machine),
    data,
    program(pickle('](', ...keys.map(unicode), 'e')),
    uint64(count),
    plan.elements ?? new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
  ])
}
