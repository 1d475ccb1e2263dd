/** Pruned token tables: the file contains only the embeddings of the tokens that a model was trained on, and their ids. */
import { wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { toFloat32 } from './dtype'
import type { CheckpointTensor, HostTensor } from './tensor'

const tableName = 'token_embedding.weight'

/** int32 `[rows]`: the token id of each row of the table. */
const idsName = 'token_embedding.ids'

/**
 * The same tensors, with a whole table instead of a pruned one. Tokens without a row all get the mean of the file's rows.
 * @param tensors by open_clip's names
 * @param vocabularySize rows of the whole table
 * @throws DreamLIPError `TENSOR_INVALID` when there is not one int32 id for each row; when the table is read, for an id that is
 *   out of range or occurs twice
 */
export function restoreTokenTable(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  vocabularySize: number,
): ReadonlyMap<string, CheckpointTensor> {
  const [table, ids] = [tensors.get(tableName), tensors.get(idsName)]
  if (!table || !ids) return tensors
  const [rows = 0, width = 0] = table.shape
  if (ids.dtype !== 'int32' || ids.shape.length !== 1 || ids.shape[0] !== rows || rows === 0) {
    invalid(
      `expected one int32 for each of the ${rows} rows of ${tableName}, got ${ids.dtype} [${ids.shape.join(', ')}]`,
    )
  }
  const whole: CheckpointTensor = {
    ...table,
    shape: [vocabularySize, width],
    async read(signal) {
      const known = (await ids.read(signal)) as Int32Array
      checkIds(known, vocabularySize)
      return spreadRows(toFloat32(await table.read(signal)), known, vocabularySize)
    },
  }
  const others = [...tensors].filter(([name]) => name !== tableName && name !== idsName)
  return new Map([...others, [tableName, whole]])
}

/**
 * The same tensors, with only the given rows of the token table. The vocabulary's last two tokens are always kept: in CLIP's
 * vocabularies, they start and end every text.
 * @throws DreamLIPError `INVALID_ARGUMENT` for ids that the table does not have
 */
export function pruneTokenTable(
  tensors: ReadonlyMap<string, HostTensor>,
  tokens: Iterable<number>,
): ReadonlyMap<string, HostTensor> {
  if (typeof tokens !== 'object' || tokens === null || typeof tokens[Symbol.iterator] !== 'function') {
    throw wrongArgument('tokens', 'token ids', tokens)
  }
  const table = tensors.get(tableName)!
  const [vocabularySize, width] = table.shape as [number, number]
  const kept = [...new Set([...tokens, vocabularySize - 2, vocabularySize - 1])]
  const wrong = kept.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
  if (wrong >= 0) {
    throw wrongArgument(
      'tokens',
      `ids from 0 to ${vocabularySize - 1}, as Tokenizer.tokenize returns them`,
      kept[wrong],
    )
  }
  kept.sort((a, b) => a - b)
  const pruned: HostTensor = {
    shape: [kept.length, width],
    dtype: table.dtype,
    get data() {
      const all = table.data as Float32Array
      const rows = new Float32Array(kept.length * width) // [kept, width]
      kept.forEach((id, row) => rows.set(all.subarray(id * width, (id + 1) * width), row * width))
      return rows
    },
  }
  const ids: HostTensor = { shape: [kept.length], dtype: 'int32', data: Int32Array.from(kept) }
  return new Map([...tensors, [tableName, pruned], [idsName, ids]])
}

function checkIds(ids: Int32Array, vocabularySize: number): void {
  const seen = new Set<number>()
  for (const id of ids) {
    if (id < 0 || id >= vocabularySize) invalid(`id ${id} is beyond the vocabulary of ${vocabularySize}`)
    if (seen.has(id)) invalid(`id ${id} occurs twice`)
    seen.add(id)
  }
}

/** @param rows `[ids, width]` @returns `[vocabularySize, width]` */
function spreadRows(rows: Float32Array, ids: Int32Array, vocabularySize: number): Float32Array {
  const width = rows.length / ids.length
  const whole = new Float32Array(vocabularySize * width) // [vocabularySize, width]
  whole.set(meanRow(rows, width))
  // Each copy doubles the filled part.
  for (let filled = width; filled < whole.length; filled *= 2) whole.copyWithin(filled, 0, filled)
  ids.forEach((id, row) => whole.set(rows.subarray(row * width, (row + 1) * width), id * width))
  return whole
}

function meanRow(rows: Float32Array, width: number): Float64Array {
  const share = width / rows.length
  const mean = new Float64Array(width)
  for (let start = 0; start < rows.length; start += width) {
    for (let i = 0; i < width; i++) mean[i]! += rows[start + i]! * share
  }
  return mean
}

function invalid(problem: string): never {
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${idsName}: ${problem}. The file is damaged; write it again with save(path, { tokens }).`,
  )
}
