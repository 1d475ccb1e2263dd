/** Reads the output of `embedShards`: the image embeddings, the sample names and the captions, shard by shard. */
import { openByteSource } from '../../bytes/read/open-source'
import { mapAhead } from '../../concurrency/map-ahead'
import { readNpy } from '../../checkpoint/npy/npy-reader'
import { readGroup } from '../../data/readers/parquet/decode-group.node.ts'
import { readFooter } from '../../data/readers/parquet/footer.node.ts'
import { withColumns } from '../../data/readers/parquet/group-bytes.node.ts'
import { DreamLIPError } from '../../errors'
import type { Destination } from '../destination/destination'
import { reportFolder, shardFile } from './shard-files'
import { parseReport, type ShardReport } from './shard-report'

/** An embedded shard. */
export interface EmbeddedShard {
  readonly report: ShardReport
  /** The names of the samples in the data. */
  readonly keys: readonly string[]
  readonly captions: readonly string[]
  /** `[keys.length, embedDim]` */
  readonly images: Float32Array
}

export interface ReadEmbeddedOptions {
  /** Whether to leave out a shard; then only its report is read. */
  readonly skip?: (report: ShardReport) => boolean
  /** How many shards are read while the caller works on one; default 4. */
  readonly ahead?: number
  readonly signal?: AbortSignal
}

/**
 * Reads shards in the order of their numbers.
 * @throws DreamLIPError `SOURCE_UNREADABLE` if there are none, or a file that a report names is missing; `NPY_INVALID`,
 *   `DATA_INVALID` for damaged files
 */
export async function* readEmbedded(
  source: Destination,
  { skip = () => false, ahead = 4, signal }: ReadEmbeddedOptions = {},
): AsyncGenerator<EmbeddedShard> {
  const reports = (await source.list(reportFolder, signal)).filter((name) => name.endsWith('.json')).sort()
  if (reports.length === 0) throw unreadable(source, `${reportFolder}/*.json`, 'nothing')
  const shards = mapAhead(listed(reports), ahead, async (name) => {
    signal?.throwIfAborted()
    const path = `${reportFolder}/${name}`
    const report = parseReport(await read(source, path, signal))
    if (!report) throw unreadable(source, path, 'something that is not the report of a shard')
    return report.embedded === 0 || skip(report) ? undefined : readShard(source, report, signal)
  })
  for await (const shard of shards) if (shard) yield shard
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function readShard(source: Destination, report: ShardReport, signal?: AbortSignal): Promise<EmbeddedShard> {
  const [imageFile, tableFile] = [shardFile('images', report.number), shardFile('metadata', report.number)]
  const { data, shape } = await readNpy(await openByteSource(await read(source, imageFile, signal)), signal)
  const table = await readTable(`${source.name}/${tableFile}`, await read(source, tableFile, signal), signal)
  const { keys } = table
  if (shape[0] === keys.length && shape.length === 2) return { report, ...table, images: data }
  throw new DreamLIPError(
    'DATA_INVALID',
    `${source.name}/${imageFile}: expected ${keys.length} rows, as many as ${tableFile} has; got the shape [${shape.join(', ')}]. ` +
      'Embed the shard again: remove its report, and start the same command.',
  )
}

/** The columns `image_path` and `caption`. */
async function readTable(
  name: string,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<Pick<EmbeddedShard, 'keys' | 'captions'>> {
  const source = await openByteSource(bytes)
  const { schema, groups } = await readFooter(name, source)
  const columns = ['image_path', 'caption']
  const [keys, captions]: [string[], string[]] = [[], []]
  for (const group of groups) {
    for await (const row of readGroup({ source, schema, group: withColumns(group, columns), columns, signal }, 0)) {
      const [key, caption] = typeof row === 'string' ? [] : row
      if (typeof key !== 'string' || typeof caption !== 'string') {
        throw new DreamLIPError(
          'DATA_INVALID',
          `${name}: row ${keys.length}: expected texts in the columns image_path and caption.`,
        )
      }
      keys.push(key)
      captions.push(caption)
    }
  }
  return { keys, captions }
}

async function read(source: Destination, path: string, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(path, signal)
  if (!bytes) throw unreadable(source, path, 'nothing')
  return bytes
}

function unreadable(source: Destination, path: string, came: string): DreamLIPError {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${source.name}: expected ${path}, as dreamlip embed --shards writes it; got ${came}. Check the folder or the address.`,
  )
}
