/** Keeps the index of a data set in the user's cache folder, because making it means reading everything. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { cacheFolder } from '../../bytes/cache-folder.node.ts'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { isURL } from '../../bytes/http/address'
import { writeFilesTogether } from '../../bytes/write/write-file.node.ts'
import { indexShard, indexStep, type BegunIndex, type Shard, type ShardIndex } from '../shard'

/** The version of the file format. */
const format = 3

/** Seconds between saves of an unfinished index. A killed process loses at most this much work. */
const keepEvery = 20

interface Saved extends ShardIndex {
  readonly format: number
  readonly step: number
  /** The indexed file, and its version. */
  readonly name: string
  readonly version: string
  /** The position up to which the shard was read, if not to its end. */
  readonly place?: number
}

/** A shard with the number and the positions of its samples: from the shard itself, from an earlier run, or by reading the rest. */
export async function withIndex(
  shard: Shard,
  signal?: AbortSignal,
  onCount?: (count: number) => void,
): Promise<Shard & { readonly index: ShardIndex }> {
  if (shard.index) return { ...shard, index: shard.index }
  const name = isURL(shard.name) ? shard.name : resolve(shard.name)
  const file = join(cacheFolder(), 'index', `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`)
  const found = await load(file, name, shard.version)
  if (found && found.place === undefined) return { ...shard, index: { count: found.count, starts: found.starts } }
  const keep = async (index: ShardIndex | BegunIndex) => {
    // The list grows during reading, so it may contain the start of a sample that is not counted yet.
    const starts = index.starts.slice(0, startsOf(index.count))
    await save(file, { format, step: indexStep, name, version: shard.version, ...index, starts })
  }
  let [last, keptAt]: [BegunIndex | undefined, number] = [undefined, performance.now()]
  const onStep = async (begun: BegunIndex) => {
    onCount?.(begun.count)
    // A damaged archive ends at Infinity, because reading cannot continue there.
    if (!Number.isFinite(begun.place)) return
    last = begun
    if (performance.now() - keptAt < 1000 * keepEvery) return
    await keep(begun)
    keptAt = performance.now()
  }
  try {
    const begun = found && { ...found, place: found.place }
    const index = await indexShard(shard, signal, onStep, begun)
    await keep(index)
    return { ...shard, index }
  } catch (error) {
    if (last) await keep(last)
    throw error
  }
}

/** An index only saves time: if it cannot be read or makes no sense, it is made again. */
async function load(file: string, name: string, version: string): Promise<Saved | undefined> {
  try {
    const saved = JSON.parse(await readTextFile(file)) as Saved
    const isOfShard =
      saved.format === format && saved.step === indexStep && saved.name === name && saved.version === version
    return isOfShard && makesSense(saved) ? saved : undefined
  } catch {
    return undefined
  }
}

function makesSense({ count, starts, place }: Saved): boolean {
  const isPlace = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= -1
  return (
    isPlace(count) &&
    count >= 0 &&
    Array.isArray(starts) &&
    starts.length === startsOf(count) &&
    starts.every((start, i) => isPlace(start) && (i === 0 || start > starts[i - 1]!)) &&
    (place === undefined || (isPlace(place) && place > (starts.at(-1) ?? -1)))
  )
}

function startsOf(count: number): number {
  return Math.ceil(count / indexStep)
}

/** If it cannot be written, the next run reads the data again. */
async function save(file: string, saved: Saved): Promise<void> {
  try {
    await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
    // The names of a user's files are private.
    await writeFilesTogether([{ path: file, chunks: [new TextEncoder().encode(JSON.stringify(saved))], mode: 0o600 }])
  } catch {
    return
  }
}
