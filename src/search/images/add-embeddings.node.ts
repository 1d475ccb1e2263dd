/** Adds pictures to an index from embeddings made elsewhere, without reading their files. */
import type { Destination } from '../../bulk/destination/destination'
import { readEmbedded } from '../../bulk/output/read-embedded.node.ts'
import type { Progress } from '../../progress'
import { checkModel, rowsOfShard } from '../embedded/embedded-rows.node.ts'
import type { Fields, VectorStore } from '../vector-store'

/** The result of `addEmbeddings`. */
export interface AddedEmbeddings {
  readonly shards: number
  readonly added: number
  /** Pictures that were already in the index. */
  readonly replaced: number
}

export interface AddEmbeddingsOptions {
  /** Counts pictures. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** @param fingerprint of the index's model @throws DreamLIPError as `readEmbedded`; `INDEX_MISMATCH` for another model */
export async function addEmbeddings(
  store: VectorStore,
  source: Destination,
  fingerprint: string,
  { onProgress, signal }: AddEmbeddingsOptions,
): Promise<AddedEmbeddings> {
  let [shards, added, replaced] = [0, 0, 0]
  for await (const shard of readEmbedded(source, { signal })) {
    checkModel(source.name, shard, fingerprint)
    const { ids, vectors } = rowsOfShard(shard)
    const result = await store.add(ids, vectors, { fields: withoutFile(ids.length), signal })
    shards++
    added += result.added
    replaced += result.replaced
    onProgress?.({ stage: 'images', done: added, total: NaN })
  }
  return { shards, added, replaced }
}

/** Missing values for the fields that only a picture's file provides. */
function withoutFile(count: number): Fields {
  const names = ['size', 'modified', 'taken', 'width', 'height', 'indexed']
  const unknown = () => new Float64Array(count).fill(NaN)
  return {
    ...Object.fromEntries(names.map((name) => [name, unknown()])),
    hash: Array.from({ length: count }, () => ''),
  }
}
