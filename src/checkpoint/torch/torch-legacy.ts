/** The PyTorch format from before 1.6: five pickles, then every storage with its element count before it. */
import { DreamLIPError } from '../../errors'
import { foreignByteOrder } from '../damaged'
import type { ByteSource } from '../../bytes/byte-source'
import { readPickle } from './pickle/read-pickle'
import { invalidPickle, PickleStorage } from './pickle/values'
import type { TorchFile } from './torch-file'
import { torchMeaning } from './allowed-globals'
import { elementBytes } from './torch-tensor'

const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001

/** Maximum bytes to read in search of the end of the pickles, which are far smaller. */
const largestHead = 64 * 1024 * 1024

/** Decodes the object, and computes the place of each storage from the counts in the pickle. */
export async function readLegacyFile(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const { value, keys, storages, end } = await readPickles(source, signal)
  const places = new Map<string, Place>()
  let at = end
  for (const key of keys) {
    const storage = storages.get(key)
    if (!storage) return invalidPickle(source.name, `storage '${key}' is listed but never used`)
    const length = storage.count * elementBytes(source.name, storage)
    places.set(key, { start: at + countBytes, length, count: storage.count })
    at += countBytes + length
  }
  if (at > source.byteLength)
    return invalidPickle(source.name, `it ends at byte ${source.byteLength}, but should have ${at} bytes`)
  const placeOf = (key: string) =>
    places.get(key) ?? invalidPickle(source.name, `storage '${key}' is missing`, 'TENSOR_INVALID')
  return {
    value,
    format: 'pytorch-legacy',
    storages: {
      byteLength: (key) => placeOf(key).length,
      offset: (key) => placeOf(key).start,
      read: (key, from, length, abort) => readStorage(source, key, placeOf(key), from, length, abort),
    },
  }
}

/** The place of a storage's elements, which follow their count. */
interface Place {
  readonly start: number
  readonly length: number
  readonly count: number
}

const countBytes = 8

/** Reads the count in one request with elements near it. Unused storages are not read, which matters over HTTP. */
async function readStorage(
  source: ByteSource,
  key: string,
  { start, count }: Place,
  from: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const near = from < 1 << 16
  const head = await source.read(start - countBytes, countBytes + (near ? from + length : 0), signal)
  const stored = new DataView(head.buffer, head.byteOffset, countBytes).getBigInt64(0, true)
  if (stored !== BigInt(count)) {
    const problem = `storage '${key}' has ${stored} elements at byte ${start - countBytes} instead of ${count}`
    return invalidPickle(source.name, problem, 'TENSOR_INVALID')
  }
  return near ? head.subarray(countBytes + from) : source.read(start + from, length, signal)
}

interface Pickles {
  readonly value: unknown
  readonly keys: readonly string[]
  readonly storages: ReadonlyMap<string, PickleStorage>
  readonly end: number
}

/** The length of the pickles is not stored: more of the file is read until it contains them. */
async function readPickles(source: ByteSource, signal?: AbortSignal): Promise<Pickles> {
  for (let length = 64 * 1024; ; length *= 4) {
    const bytes = await source.read(0, Math.min(length, source.byteLength), signal)
    try {
      return decodePickles(source.name, bytes)
    } catch (error) {
      const forbidden = error instanceof DreamLIPError && error.code === 'PICKLE_FORBIDDEN'
      if (forbidden || length >= source.byteLength || length >= largestHead) throw error
    }
  }
}

function decodePickles(file: string, bytes: Uint8Array): Pickles {
  const storages = new Map<string, PickleStorage>()
  const meaning = torchMeaning(file)
  const persistent = (id: unknown) => {
    const storage = meaning.persistent(id)
    if (storage instanceof PickleStorage) storages.set(storage.key, storage)
    return storage
  }
  let end = 0
  const next = () => {
    const result = readPickle({ file, bytes, start: end }, { ...meaning, persistent })
    end = result.end
    return result.value
  }
  const [magic, protocol] = [next(), next()]
  if (magic !== magicNumber || protocol !== protocolVersion) {
    return invalidPickle(file, 'it does not start with the numbers that every PyTorch file starts with')
  }
  checkByteOrder(file, next())
  const value = next()
  const keys = next()
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    return invalidPickle(file, 'the list of storages is not a list of names')
  }
  return { value, keys, storages, end }
}

/** A description of the machine that wrote the file precedes the object. */
function checkByteOrder(file: string, machine: unknown): void {
  if (!(machine instanceof Map) || machine.get('little_endian') !== false) return
  throw foreignByteOrder(file, 'big')
}
