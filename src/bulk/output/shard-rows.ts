/** Collects rows of embeddings until a shard is complete. */
import { tensorDataBytes } from '../../checkpoint/dtype'
import { npyHeader } from '../../checkpoint/npy/npy-writer'

/** The data type of stored embeddings. */
export type BulkDtype = 'float16' | 'float32'

export interface ShardRows {
  /** @param data `[rows, width]` */
  add(data: Float32Array): void
  /** A `.npy` file of all rows so far: `[rows, width]`. */
  file(): Uint8Array[]
}

export function createRows(width: number, dtype: BulkDtype): ShardRows {
  const parts: Uint8Array[] = []
  let rows = 0
  return {
    add(data) {
      rows += data.length / width
      parts.push(tensorDataBytes(data, dtype))
    },
    file: () => [npyHeader(dtype === 'float16' ? '<f2' : '<f4', [rows, width]), ...parts],
  }
}
