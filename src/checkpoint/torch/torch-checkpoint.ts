/** Reads PyTorch checkpoints: zip files, TorchScript archives, and the format from before PyTorch 1.6. */
import { DreamLIPError } from '../../errors'
import { foreignByteOrder } from '../damaged'
import type { ByteSource } from '../../bytes/byte-source'
import { fileKind } from '../../bytes/file-kind'
import { readPickle } from './pickle/read-pickle'
import { invalidPickle } from './pickle/values'
import { listNames } from '../names/list-names'
import { findStateDict } from './state-dict'
import type { Checkpoint, CheckpointTensor } from '../tensor'
import { readLegacyFile } from './torch-legacy'
import { torchMeaning } from './allowed-globals'
import type { TorchFile } from './torch-file'
import { torchTensor, type StorageReader } from './torch-tensor'
import { readZipDirectory, type ZipDirectory, type ZipEntry } from './zip/directory'
import { readZipEntry } from './zip/entry'

/**
 * Finds the model's tensors in a PyTorch file. Values are read on request; optimizer state is never read.
 * @param weights which of several sets of weights: `model` (default), `ema`, or a key of the file
 * @throws DreamLIPError for damaged, hostile or empty files
 */
export async function readTorchCheckpoint(
  source: ByteSource,
  { signal, weights }: { readonly signal?: AbortSignal; readonly weights?: string } = {},
): Promise<Checkpoint> {
  const { value, storages, format } = await readTorchFile(source, signal)
  const found = findStateDict(source.name, value, weights)
  if (!found) throw noTensors(source.name, value)
  const tensors = new Map<string, CheckpointTensor>()
  for (const [name, tensor] of found.tensors) tensors.set(name, torchTensor(source.name, name, tensor, storages))
  return {
    tensors,
    metadata: found.metadata,
    weights: { key: found.key, otherKeys: found.otherKeys },
    format,
    get bytesRead() {
      return source.bytesRead
    },
    close: () => source.close(),
  }
}

function noTensors(file: string, value: unknown): DreamLIPError {
  const optimizer = value instanceof Map && [...value.keys()].some((key) => /^param_groups$|^optim/.test(String(key)))
  return new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${file}: expected a state_dict or a training checkpoint; ` +
      (optimizer
        ? "it is an optimizer's state. Load the file with the model's weights next to it."
        : 'it contains no named tensors. Save a state_dict with torch.save(model.state_dict(), path).'),
  )
}

/** Decodes the object of a PyTorch file without reading a single tensor. */
export async function readTorchFile(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const head = await source.read(0, Math.min(4, source.byteLength), signal)
  return fileKind(head, ['zip']) ? readZipFile(source, signal) : readLegacyFile(source, signal)
}

async function readZipFile(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const directory = await readZipDirectory(source, signal)
  const pickleName = [...directory.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (pickleName === undefined) {
    throw new DreamLIPError(
      'FORMAT_UNKNOWN',
      `${source.name}: a zip archive without data.pkl is not a PyTorch checkpoint; ${describeArchive([...directory.keys()])}.`,
    )
  }
  const prefix = pickleName.slice(0, pickleName.indexOf('/') + 1)
  await checkByteOrder(source, directory, prefix, signal)
  const torchScript = directory.has(`${prefix}constants.pkl`)
  const bytes = await readPickleEntry(source, directory.get(pickleName)!, signal)
  const { value } = readPickle({ file: source.name, bytes }, torchMeaning(source.name, { torchScript }))
  const format = torchScript ? 'torchscript' : 'pytorch-zip'
  return { value, storages: zipStorages(source, directory, prefix), format }
}

function describeArchive(names: readonly string[]): string {
  if (names.some((name) => name.endsWith('.npy'))) return 'it is an .npz file of NumPy. Save the tensors as safetensors'
  if (names.includes('model.weights.h5')) return 'it is a Keras model. Convert it to safetensors in Python'
  if (names.some((name) => /(?:^|\/)(?:models|data\/weights)\//.test(name)))
    return "it is a program exported by torch.export (.pt2). Save the model's state_dict() instead"
  return `it contains ${listNames(names, 3) || 'nothing'}. If the checkpoint is inside, unpack it`
}

/** Files of older PyTorch versions do not state the byte order: they are little-endian. */
async function checkByteOrder(source: ByteSource, directory: ZipDirectory, prefix: string, signal?: AbortSignal) {
  const entry = directory.get(`${prefix}byteorder`)
  if (!entry) return
  const order = entry.size > 64 ? '?' : new TextDecoder().decode(await readZipEntry(source, entry, signal))
  if (order !== 'little') throw foreignByteOrder(source.name, order)
}

/** The pickle of a model's state is far smaller; a larger one is an attack on memory. */
const largestPickle = 64 * 1024 * 1024

async function readPickleEntry(source: ByteSource, entry: ZipEntry, signal?: AbortSignal): Promise<Uint8Array> {
  if (entry.size <= largestPickle) return readZipEntry(source, entry, signal)
  return invalidPickle(source.name, `its ${entry.name} has ${entry.size} bytes; expected at most ${largestPickle}`)
}

function zipStorages(source: ByteSource, directory: ZipDirectory, prefix: string): StorageReader {
  const entryOf = (key: string) => {
    const entry = /^[\w.-]+$/.test(key) ? directory.get(`${prefix}data/${key}`) : undefined
    if (entry) return entry
    throw new DreamLIPError(
      'TENSOR_INVALID',
      `${source.name}: the storage ${JSON.stringify(key)} is missing: the file has no entry ${prefix}data/${key}.`,
    )
  }
  return {
    byteLength: (key) => entryOf(key).size,
    offset: (key) => entryOf(key).headerOffset,
    read: (key, from, length, signal) => readZipEntry(source, entryOf(key), signal, from, length),
  }
}
