/** Adds embedded shards to a table, each once. A step adds several, because each step writes the list of all table parts. */
import type { Destination } from '../../bulk/destination/destination'
import { readEmbedded, type EmbeddedShard } from '../../bulk/output/read-embedded.node.ts'
import { DreamLIPError } from '../../errors'
import type { Progress } from '../../progress'
import { checkModel, rowsOfShard } from '../embedded/embedded-rows.node.ts'
import { toUnitLength } from '../vectors/kernel/quantized'
import { arrowTable } from './appended-rows.node.ts'
import { distinctTexts } from './lance-rows'
import { mostAdded, newColumns, readSchema } from './lance-schema'
import type { LanceTable } from './lancedb'

/** The result of a LanceDB store's `addEmbeddings`. */
export interface AddedShards {
  /** Shards added by this call. */
  readonly shards: number
  /** Shards that were already in the table. */
  readonly skipped: number
  /** Pictures added by this call. */
  readonly added: number
}

export interface AddShardsOptions {
  /** Counts pictures. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Vector components written in one step: 128 MB, as float32. */
const usualValuesPerStep = 2 ** 25

const columns = { caption: 'text', shard: 'text' } as const

/**
 * Each step is all or nothing, so the shards named in the table are complete, even if an earlier call was interrupted.
 * @param name the table's name, for messages
 */
export async function addShards(
  { name, table }: { readonly name: string; readonly table: LanceTable },
  source: Destination,
  { onProgress, signal }: AddShardsOptions,
  valuesPerStep = usualValuesPerStep,
): Promise<AddedShards> {
  const { width, model } = await prepare(name, table)
  const there = await distinctTexts(table, 'shard', signal)
  let [skipped, shards, added] = [0, 0, 0]
  const skip = ({ shard }: { readonly shard: string }) => {
    const isThere = there.has(shard)
    if (isThere) skipped++
    return isThere
  }
  const write = async (waiting: readonly EmbeddedShard[]) => {
    signal?.throwIfAborted()
    added += await append(name, table, waiting)
    shards += waiting.length
    onProgress?.({ stage: 'images', done: added, total: NaN })
  }
  let [waiting, values]: [EmbeddedShard[], number] = [[], 0]
  for await (const shard of readEmbedded(source, { skip, signal })) {
    if (model !== undefined) checkModel(source.name, shard, model)
    checkWidth(source.name, shard, width)
    waiting.push(shard)
    values += shard.images.length
    if (values < valuesPerStep) continue
    await write(waiting)
    ;[waiting, values] = [[], 0]
  }
  if (waiting.length > 0) await write(waiting)
  return { shards, skipped, added }
}

async function prepare(name: string, table: LanceTable) {
  const contents = readSchema(name, await table.schema())
  const missing = Object.entries(columns).filter(([column]) => !Object.hasOwn(contents.fields, column))
  if (missing.length > 0) await table.addColumns(newColumns(Object.fromEntries(missing)))
  return contents
}

/** @returns the number of rows */
async function append(name: string, table: LanceTable, shards: readonly EmbeddedShard[]): Promise<number> {
  const schema = await table.schema()
  const { width, dtype } = readSchema(name, schema)
  const parts = shards.map((shard) => ({ shard: shard.report.shard, ...rowsOfShard(shard) }))
  const ids = parts.flatMap((part) => part.ids)
  const vectors = new Float32Array(ids.length * width)
  let end = 0
  for (const part of parts) {
    vectors.set(
      toUnitLength(part.vectors, width, (row) => `${part.shard}, ${part.ids[row]}`),
      end,
    )
    end += part.vectors.length
  }
  const texts = {
    caption: parts.flatMap(({ captions }) => captions),
    shard: parts.flatMap((part) => part.ids.map(() => part.shard)),
  }
  const firstOrder = (await table.version()) * mostAdded
  await table.add(arrowTable(schema, dtype, { ids, vectors, firstOrder, texts }))
  return ids.length
}

function checkWidth(source: string, { images, keys, report }: EmbeddedShard, width: number): void {
  if (images.length === keys.length * width) return
  throw new DreamLIPError(
    'INDEX_MISMATCH',
    `${source}: expected vectors of ${width} numbers, as the table has; those of ${report.shard} have ${images.length / keys.length}.`,
  )
}
