/** Opens a checkpoint of any supported format, recognised by its first bytes. A page loads the readers of rarer forms on demand. */
import { checkCall, checkText } from '../check-arguments'
import { DreamLIPError } from '../errors'
import type { ByteSource } from '../bytes/byte-source'
import { fileKind } from '../bytes/file-kind'
import { openByteSource, type ByteSourceInput } from '../bytes/read/open-source'
import type { RequestHeaders } from '../bytes/http/headers'
import type { Folder } from './folder/folder'
import type { Keep } from '../bytes/kept/keep'
import { isHubName } from './hub/is-hub-name'
import type { HubOptions } from './hub/hub-options'
import { fileNameOf, folderOf, openFolder } from './folder/open-folder'
import { isJSONText, readJSON, readJSONFile } from './folder/json-file'
import { readSafetensors } from './safetensors/safetensors'
import type { Checkpoint } from './tensor'

export interface ReadCheckpointOptions {
  /**
   * Which weights to read if a PyTorch file contains several sets: `model` (default), `ema` for averaged weights, or the key of the
   * set.
   */
  readonly weights?: string
  /** Sent with every request for the weights and the files next to them, such as `Authorization`. */
  readonly headers?: RequestHeaders
  /** How the Hugging Face Hub is reached, for a source that starts with `hf://`. */
  readonly hub?: HubOptions
  readonly signal?: AbortSignal
}

/**
 * Opens a checkpoint: a PyTorch file (zip, TorchScript or legacy) or a safetensors file; a folder that contains one, as the Hub,
 * transformers, open_clip and DeepSpeed write them; a name on the Hub (`hf://owner/name`), whose files Node downloads to the Hub's
 * cache; or the index of a checkpoint in several files. Only names, shapes and metadata
 * are read. A tensor's `read()` reads its values. Call `close()` when done.
 * @throws DreamLIPError for sources that cannot be read, are not checkpoints, or are damaged or hostile
 */
export async function readCheckpoint(input: ByteSourceInput, options: ReadCheckpointOptions = {}): Promise<Checkpoint> {
  return readKeptCheckpoint(input, checkCall(options))
}

/** Opens a checkpoint like `readCheckpoint`. A browser keeps the data that is read. */
export async function readKeptCheckpoint(
  input: ByteSourceInput,
  options: ReadCheckpointOptions & { readonly keep?: Keep },
): Promise<Checkpoint> {
  if (options.weights !== undefined) checkText('weights', options.weights)
  const { headers, keep, signal } = options
  if (isHubName(input)) return readHub(input, options)
  const folder = await openFolder(input, { headers, keep })
  if (!folder) {
    const source = await openByteSource(input, { headers, keep, signal })
    return readFile(source, fileNameOf(input), folderOf(input, { headers, keep }), options)
  }
  return readFolder(folder, options)
}

async function readFolder(folder: Folder, options: ReadCheckpointOptions): Promise<Checkpoint> {
  const { chooseWeights } = await import('./folder/choose-weights')
  const { file, source } = await chooseWeights(folder, options.signal)
  return readFile(source, file, folder, options)
}

async function readHub(name: string, options: ReadCheckpointOptions): Promise<Checkpoint> {
  const { openHub } = await import('#checkpoint/hub/open-hub')
  const { folder, chosen } = await openHub(name, options)
  return chosen ? readFile(chosen.source, chosen.file, folder, options) : readFolder(folder, options)
}

/** The checkpoint in a file, or in the several files that an index lists. */
async function readFile(
  source: ByteSource,
  fileName: string | undefined,
  folder: Folder | undefined,
  options: ReadCheckpointOptions,
): Promise<Checkpoint> {
  const { name } = source
  const isIndex = folder && fileName?.endsWith('.json') && (await startsAsJSON(source, options.signal))
  const checkpoint = isIndex ? await readIndex(source, folder, options) : await readWeights(source, options)
  return Object.assign(checkpoint, {
    file: name,
    readAhead: source.readAhead,
    byteLength: checkpoint.byteLength ?? source.byteLength,
    ...(folder && {
      readBeside: (beside: string, signal?: AbortSignal, limit?: number) => readJSONFile(folder, beside, signal, limit),
    }),
  })
}

async function readIndex(source: ByteSource, folder: Folder, options: ReadCheckpointOptions): Promise<Checkpoint> {
  const { isShardIndex, readShards } = await import('./folder/sharded')
  const index = await readJSON(source, options.signal)
  if (isShardIndex(index)) {
    return readShards(source.name, index, folder, (shard) => readWeights(shard, options), options.signal)
  }
  throw new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${source.name}: it is a JSON file without weights. Pass the file of weights next to it, or their folder.`,
  )
}

/** The checkpoint in a file. Closes the source if that fails. */
async function readWeights(source: ByteSource, { signal, weights }: ReadCheckpointOptions): Promise<Checkpoint> {
  try {
    const head = await source.read(0, Math.min(512, source.byteLength), signal)
    if (isSafetensors(head, source.byteLength)) return await readSafetensors(source, signal)
    const isPickle = head[0] === 0x80 && head[1]! <= 5
    if (isZip(head) || isPickle) {
      const { readTorchCheckpoint } = await import('./torch/torch-checkpoint')
      return await readTorchCheckpoint(source, { signal, weights })
    }
    const { describeContent } = await import('./foreign-formats')
    throw new DreamLIPError(
      'FORMAT_UNKNOWN',
      `${source.name}: expected a PyTorch checkpoint or a safetensors file; ${describeContent(head, source.byteLength)}.`,
    )
  } catch (error) {
    await source.close()
    throw error
  }
}

async function startsAsJSON(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  return isJSONText(await source.read(0, Math.min(64, source.byteLength), signal))
}

/** Whether a header length that fits the file comes first, then the brace of its JSON, optionally after white space. */
function isSafetensors(head: Uint8Array, byteLength: number): boolean {
  if (head.length < 10 || isZip(head) || isJSONText(head)) return false
  const length = new DataView(head.buffer, head.byteOffset, head.length).getBigUint64(0, true)
  const brace = [...head.subarray(8, 64)].find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return brace === 0x7b && (head[0] !== 0x80 || length <= BigInt(byteLength))
}

function isZip(head: Uint8Array): boolean {
  return fileKind(head, ['zip']) !== undefined
}
