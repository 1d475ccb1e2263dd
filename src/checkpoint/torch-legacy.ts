/** The PyTorch format from before 1.6: five pickles, then every storage with its element count before it. */
import { DreamLIPError } from '../errors'
import type { ByteSource } from './byte-source'
import { readPickle } from './pickle'
import { invalidPickle, PickleStorage } from './pickle-values'
import type { TorchFile } from './torch-checkpoint'
import { torchMeaning } from './torch-pickle'
import { elementBytes } from './torch-tensor'

const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001

/** The pickles of a model's state take far less; more is not read in search of their end. */
const largestHead = 64 * 1024 * 1024

/** Decodes the object, and finds where each storage starts by walking over their counts. */
export async function readLegacyFile(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const { value, keys, storages, end } = await readPickles(source, signal)
  const places = new Map<string, { start: number; length: number }>()
  let at = end
  for (const key of keys) {
    const storage = storages.get(key)
    if (!storage) return invalidPickle(source.name, `storage '${key}' is listed and never used`)
    const count = await source.read(at, 8, signal)
    const stored = new DataView(count.buffer, count.byteOffset, 8).getBigInt64(0, true)
    if (stored !== BigInt(storage.count)) {
      return invalidPickle(
        source.name,
        `storage '${key}' has ${stored} elements in place of ${storage.count}`,
        'TENSOR_INVALID',
      )
    }
    const length = storage.count * elementBytes(source.name, storage)
    places.set(key, { start: at + 8, length })
    at += 8 + length
  }
  if (at > source.byteLength) return invalidPickle(source.name, `it ends at byte ${source.byteLength} of ${at}`)
  const placeOf = (key: string) =>
    places.get(key) ?? invalidPickle(source.name, `storage '${key}' is missing`, 'TENSOR_INVALID')
  return {
    value,
    format: 'pytorch-legacy',
    storages: {
      byteLength: (key) => placeOf(key).length,
      offset: (key) => placeOf(key).start,
      read: (key, from, length, abort) => source.read(placeOf(key).start + from, length, abort),
    },
  }
}

interface Pickles {
  readonly value: unknown
  readonly keys: readonly string[]
  readonly storages: ReadonlyMap<string, PickleStorage>
  readonly end: number
}

/** The pickles' length is written nowhere: more of the file is read until they fit. */
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
    return invalidPickle(file, `expected the head of a PyTorch file; got ${String(magic)} and ${String(protocol)}`)
  }
  next() // what the writing machine was like
  const value = next()
  const keys = next()
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    return invalidPickle(file, 'the list of storages is no list of names')
  }
  return { value, keys, storages, end }
}
