/** Converts embedded shards to rows of an index. */
import type { EmbeddedShard } from '../../bulk/output/read-embedded.node.ts'
import { DreamLIPError } from '../../errors'
import { isArchiveName } from '../archive-name'

export interface EmbeddedRows {
  readonly ids: readonly string[]
  /** `[ids.length, width]` */
  readonly vectors: Float32Array
  /** In the same order. */
  readonly captions: readonly string[]
}

/** The rows of a shard, without repeated names. */
export function rowsOfShard(shard: EmbeddedShard): EmbeddedRows {
  const { images, captions } = shard
  const ids = idsOf(shard)
  if (new Set(ids).size === ids.length) return { ids, vectors: images, captions }
  const width = images.length / ids.length
  const rows = [...new Map(ids.map((id, row) => [id, row] as const).reverse()).values()].reverse()
  const vectors = new Float32Array(rows.length * width)
  rows.forEach((from, to) => vectors.set(images.subarray(from * width, (from + 1) * width), to * width))
  return { ids: rows.map((row) => ids[row]!), vectors, captions: rows.map((row) => captions[row]!) }
}

/** In a tar shard, an id is the shard's name plus the sample's, because several shards may use the same sample names. */
function idsOf({ report: { shard }, keys }: EmbeddedShard): readonly string[] {
  return isArchiveName(shard) ? keys.map((key) => `${shard}/${key}`) : keys
}

/**
 * @param source the name of the shard's location
 * @throws DreamLIPError `INDEX_MISMATCH` if the shard was made by a model other than that of `fingerprint`
 */
export function checkModel(source: string, { report }: Pick<EmbeddedShard, 'report'>, fingerprint: string): void {
  if (report.model === fingerprint) return
  const [expected, came] = [fingerprint, report.model].map((text) => text.slice(0, 12))
  throw new DreamLIPError(
    'INDEX_MISMATCH',
    `${source}: expected embeddings of the model ${expected}; those of ${report.shard} were made by ${came}. ` +
      'Vectors of different models cannot be compared: open the index with the model that made them.',
  )
}
