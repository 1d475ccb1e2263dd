/** The list of work: items that any number of machines can share, the same on each of them. */
import { isURL } from '../bytes/http/address'
import { LongCaptionDataset } from '../data/dataset.node.ts'
import { expandFolder } from '../data/readers/locations/expand-folder.node.ts'
import { expandLocation } from '../data/readers/locations/expand-location.node.ts'
import type { OpenRecordsOptions } from '../data/readers/open-records'
import { openShard } from '../data/readers/open-shard.node.ts'
import type { Reading } from '../data/shard'
import { DreamLIPError } from '../errors'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'

/** A work item, which becomes one file of embeddings. */
export interface WorkItem {
  /** Its position in the whole list. */
  readonly number: number
  /** A file, or some samples of a table: `list.csv#20000+10000`. */
  readonly name: string
  readonly file: string
  /** The samples of the file that belong to it; default all. */
  readonly range?: { readonly from: number; readonly count: number }
}

/** The `index`th of `count` machines, counted from 0. */
export interface Partition {
  readonly index: number
  readonly count: number
}

/** The default number of table samples per file of embeddings. */
export const defaultRowsPerShard = 10_000

/**
 * Lists the work. A file that the location names twice is listed once. A tar shard is one item, and is not opened. A table (CSV,
 * JSON, Parquet) or an image folder is read through once to count its samples, and divided.
 * @param location as for `LongCaptionDataset.open`
 * @throws DreamLIPError as `LongCaptionDataset.open`
 */
export async function listWork(
  location: string,
  options: OpenRecordsOptions = {},
  rowsPerShard = defaultRowsPerShard,
): Promise<WorkItem[]> {
  const files = withoutRepeats((await Promise.all((await expandLocation(location)).flat().map(filesOf))).flat())
  const items: Omit<WorkItem, 'number'>[] = []
  for (const file of files) {
    options.signal?.throwIfAborted()
    if (/\.tar(?:\.gz)?$/i.test(file)) items.push({ name: file, file })
    else items.push(...divided(file, (await LongCaptionDataset.open(file, options)).size, rowsPerShard))
  }
  return items.map((item, number) => ({ number, ...item }))
}

/** The items of one machine: every `count`th. */
export function partOf(items: readonly WorkItem[], { index, count }: Partition): WorkItem[] {
  return items.filter(({ number }) => number % count === index)
}

/** The samples of an item, and the problems of those that cannot be read. */
export async function* readItem(
  { file, range }: WorkItem,
  options: OpenRecordsOptions,
  signal?: AbortSignal,
): AsyncGenerator<Reading> {
  if (!range) {
    const { guard } = await openShard(file, { ...options, signal }, () => undefined)
    yield* guard(undefined, signal)
    return
  }
  const data = await LongCaptionDataset.open(file, { ...options, signal })
  let left = range.count
  for await (const reading of data.readings({ from: range.from, signal })) {
    yield reading
    if (--left === 0) return
  }
  throw new DreamLIPError(
    'DATA_CHANGED',
    `${file}: expected ${range.from + range.count} samples; ${left} of them are missing. List the work again: the file has changed.`,
  )
}

function divided(file: string, size: number, rowsPerShard: number): Omit<WorkItem, 'number'>[] {
  if (size <= rowsPerShard) return [{ name: file, file, range: { from: 0, count: size } }]
  return Array.from({ length: Math.ceil(size / rowsPerShard) }, (_, i) => {
    const from = i * rowsPerShard
    const count = Math.min(rowsPerShard, size - from)
    return { name: `${file}#${from}+${count}`, file, range: { from, count } }
  })
}

/** Keeps the first name of each file. */
function withoutRepeats(files: readonly string[]): string[] {
  const names = new Map<string, string>()
  for (const file of files) {
    const place = isURL(file) ? file : resolve(file)
    if (!names.has(place)) names.set(place, file)
  }
  return [...names.values()]
}

/** A folder of shards stands for its files; a folder of images for itself. */
async function filesOf(path: string): Promise<readonly string[]> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  return isFolder ? (await expandFolder(path, undefined)).files : [path]
}
