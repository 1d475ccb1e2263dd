/** Checkpoints in several files: `model.safetensors.index.json` lists the file of each tensor. */
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../../bytes/byte-source'
import { tensorBytes } from '../dtype'
import { listNames } from '../names/list-names'
import type { Checkpoint, CheckpointTensor } from '../tensor'
import type { Folder } from './folder'
import { checkFileName } from './open-folder'

/** Even models a thousand times the size of a CLIP have fewer. */
const mostShards = 1000

/** A shard that is open. */
interface Shard {
  readonly checkpoint: Checkpoint
  readonly byteLength: number
}

type OpenShard = (source: ByteSource) => Promise<Checkpoint>

/** Whether a JSON value is the index of a checkpoint in several files. */
export function isShardIndex(value: unknown): value is { weight_map: object; metadata?: { total_size?: unknown } } {
  return typeof value === 'object' && value !== null && 'weight_map' in value
}

/**
 * Opens all shards that an index names.
 * @param name of the index, for messages
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` if the index is invalid, names a file outside the folder, or does not match its shards;
 *   `SOURCE_UNREADABLE` if a shard is missing
 */
export async function readShards(
  name: string,
  index: { weight_map: object; metadata?: { total_size?: unknown } },
  folder: Folder,
  open: OpenShard,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const places = placesOf(name, index.weight_map)
  const shards = new Map<string, Shard>()
  const close = async () => void (await Promise.all([...shards.values()].map(({ checkpoint }) => checkpoint.close())))
  try {
    for (const file of new Set(places.values())) shards.set(file, await openShard(name, folder, file, open, signal))
    const tensors = gather(name, places, shards)
    checkTotal(name, tensors, index.metadata?.total_size)
    const first = [...shards.values()][0]!.checkpoint
    return {
      tensors,
      metadata: first.metadata,
      format: first.format,
      byteLength: [...shards.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
      get bytesRead() {
        return [...shards.values()].reduce((sum, { checkpoint }) => sum + checkpoint.bytesRead, 0)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The names of the files that an index lists. @throws DreamLIPError `CHECKPOINT_MISMATCH` */
export function shardsOf(name: string, weightMap: unknown): Set<string> {
  return new Set(placesOf(name, weightMap).values())
}

/** The file of each tensor. */
function placesOf(name: string, weightMap: unknown): Map<string, string> {
  const entries = typeof weightMap === 'object' && weightMap !== null ? Object.entries(weightMap) : []
  if (entries.length === 0) throw mismatch(name, 'its weight_map names no tensor')
  const places = new Map(entries.map(([tensor, file]) => [tensor, checkFileName(name, file)]))
  const count = new Set(places.values()).size
  if (count > mostShards) throw mismatch(name, `it names ${count} files; the limit is ${mostShards}`)
  return places
}

async function openShard(name: string, folder: Folder, file: string, open: OpenShard, signal?: AbortSignal) {
  const source = await folder.open(file, signal)
  if (source) return { checkpoint: await open(source), byteLength: source.byteLength }
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${name}: the shard ${file} is missing next to it. Put all files of the checkpoint into one folder.`,
  )
}

function gather(name: string, places: ReadonlyMap<string, string>, shards: ReadonlyMap<string, Shard>) {
  // Tensors are read in the order of their offsets: file after file, each from front to back.
  let length = 0
  const starts = new Map([...shards].map(([file, { byteLength }]) => [file, (length += byteLength) - byteLength]))
  const tensors = new Map<string, CheckpointTensor>()
  const missing: string[] = []
  for (const [tensorName, file] of places) {
    const tensor = shards.get(file)!.checkpoint.tensors.get(tensorName)
    if (tensor) tensors.set(tensorName, { ...tensor, offset: starts.get(file)! + (tensor.offset ?? 0) })
    else missing.push(`${tensorName} in ${file}`)
  }
  if (missing.length === 0) return tensors
  throw mismatch(name, `${missing.length} tensors are missing from its shards: ${listNames(missing)}`)
}

function checkTotal(name: string, tensors: ReadonlyMap<string, CheckpointTensor>, promised: unknown): void {
  if (promised === undefined || promised === null) return
  const total = [...tensors.values()].reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  if (total !== Number(promised)) {
    throw mismatch(
      name,
      `its shards contain ${total} bytes of tensors instead of total_size ${JSON.stringify(promised).slice(0, 40)}`,
    )
  }
}

function mismatch(name: string, problem: string): DreamLIPError {
  return new DreamLIPError('CHECKPOINT_MISMATCH', `${name}: ${problem}. Download the index and all its shards again.`)
}
