/** Puts pictures into an index that were embedded elsewhere, without their files. */
import type { Destination } from '../../bulk/destination'
import { readEmbedded, type EmbeddedShard } from '../../bulk/read-embedded.node.ts'
import { DreamLIPError } from '../../errors'
import type { Progress } from '../../progress'
import { isArchiveName } from './listing/inside.node.ts'
import type { Fields, VectorStore } from '../vector-store'

/** What `addEmbeddings` has done. */
export interface AddedEmbeddings {
  readonly shards: number
  readonly added: number
  /** Pictures that were in the index before. */
  readonly replaced: number
}

export interface AddEmbeddingsOptions {
  /** Counts pictures. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** @param fingerprint of the index's model @throws DreamLIPError `INDEX_MISMATCH` for embeddings of another model; as `readEmbedded` */
export async function addEmbeddings(
  store: VectorStore,
  source: Destination,
  fingerprint: string,
  { onProgress, signal }: AddEmbeddingsOptions,
): Promise<AddedEmbeddings> {
  let [shards, added, replaced] = [0, 0, 0]
  for await (const shard of readEmbedded(source, signal)) {
    if (shard.report.model !== fingerprint) throw otherModel(source, shard, fingerprint)
    const { ids, vectors } = firstOfEach(idsOf(shard), shard.images, store.width)
    const result = await store.add(ids, vectors, { fields: withoutFile(ids.length), signal })
    shards++
    added += result.added
    replaced += result.replaced
    onProgress?.({ stage: 'images', done: added, total: NaN })
  }
  return { shards, added, replaced }
}

/** A sample of a tar shard is the shard's name with the sample's: the same names may stand in several shards. */
function idsOf({ report: { shard }, keys }: EmbeddedShard): readonly string[] {
  return isArchiveName(shard) ? keys.map((key) => `${shard}/${key}`) : keys
}

/** Names that occur again in a shard are left out. */
function firstOfEach(ids: readonly string[], vectors: Float32Array, width: number) {
  if (new Set(ids).size === ids.length) return { ids, vectors }
  const rows = [...new Map(ids.map((id, row) => [id, row] as const).reverse()).values()].reverse()
  const kept = new Float32Array(rows.length * width)
  rows.forEach((from, to) => kept.set(vectors.subarray(from * width, (from + 1) * width), to * width))
  return { ids: rows.map((row) => ids[row]!), vectors: kept }
}

/** What is known of a picture only with its file. */
function withoutFile(count: number): Fields {
  const names = ['size', 'modified', 'taken', 'width', 'height', 'indexed']
  const unknown = () => new Float64Array(count).fill(NaN)
  return {
    ...Object.fromEntries(names.map((name) => [name, unknown()])),
    hash: Array.from({ length: count }, () => ''),
  }
}

function otherModel(source: Destination, { report }: EmbeddedShard, fingerprint: string): DreamLIPError {
  const [expected, came] = [fingerprint, report.model].map((text) => text.slice(0, 12))
  return new DreamLIPError(
    'INDEX_MISMATCH',
    `${source.name}: expected embeddings of the model ${expected}; those of ${report.shard} were made by ${came}. ` +
      'Vectors of different models cannot be compared: open the index with the model that made them.',
  )
}
