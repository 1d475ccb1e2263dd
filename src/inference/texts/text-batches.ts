/** Groups texts into batches for the text tower. */
import type { TextConfig } from '../../models/config/config'
import { paddedSize } from '../programs/padded-batch'
import { dictionaryOrder, packTexts, reachesOf, type TextRow } from './shared-prefixes'

/** A batch for the text tower: rows of texts as trees (`shared-prefixes.ts`). */
export interface TextBatch {
  /** `[rows, length]` */
  readonly shape: readonly [number, number]
  /** Token ids, padded with 0: `[rows, length]`. */
  readonly ids: Int32Array
  /** The position of each token in its text: `[rows, length]`. */
  readonly positions: Int32Array
  /** The column before which other tokens attend to each token: `[rows, length]`. */
  readonly reaches: Int32Array
  /** Indices into `[rows · length]` where texts end, padded with 0: `[rows, ends]`. */
  readonly ends: Int32Array
  readonly endsShape: readonly [number, number]
  /** For each of `ends`, the indices of the texts that end there. There are several if texts are equal. */
  readonly texts: readonly (readonly number[])[]
}

/** How texts are grouped into batches. */
export interface TextBatchOptions {
  /** Maximum texts in a batch; equal texts count once. */
  readonly batchSize: number
  /** Whether to use few shapes; `mixed` texts, whose number and lengths change from batch to batch, get still fewer. */
  readonly fewShapes: boolean | 'mixed'
  /** The text tower; default: causal, pooled at the end token. */
  readonly tower?: TextTower
}

/** The properties of a text tower that determine how its texts may be laid out. */
export type TextTower = Pick<TextConfig, 'noCausalMask' | 'pool'>

/**
 * Whether an embedding can depend on tokens after the end token, so that each text needs its own row, filled up to the context.
 * In all other towers, texts may share beginnings, and rows end where their texts end.
 */
export function readsPadding({ noCausalMask = false, pool = 'end' }: TextTower): boolean {
  return noCausalMask || pool !== 'end'
}

/**
 * Columns of a row. Attention is computed between all columns of a row, so longer rows need more of it. Shorter rows repeat more
 * beginnings and waste more columns.
 */
const rowLength = 128

/** Maximum texts in a row. About as many short prompts with a common beginning fill it. */
const textsPerRow = 32

/** In a single batch of all texts, few beginnings are shared, and shorter rows need less attention. */
const sharedRowLength = 96
const endsPerSharedRow = 16

/** To get few shapes, row lengths are multiples of the first number, or of the second for mixed texts. */
const lengthStep = 16
const mixedLengthStep = 32

/** The tokens that fill the rows of a batch. */
export function tokensPerBatch(batchSize: number): number {
  return Math.floor(batchSize / Math.min(batchSize, textsPerRow)) * rowLength
}

/** Groups texts into batches, where a beginning that texts share is computed once per row. */
export function* textBatches(
  sequences: readonly Int32Array[],
  { batchSize, fewShapes, tower = {} }: TextBatchOptions,
): Generator<TextBatch> {
  if (readsPadding(tower)) {
    yield* wholeBatches(sequences, { batchSize, fewShapes, tower })
    return
  }
  const ends = Math.min(batchSize, textsPerRow)
  const rowsPerBatch = Math.floor(batchSize / ends)
  const rows = fillRows(sequences, ends, rowsPerBatch)
  for (let start = 0; start < rows.length; start += rowsPerBatch) {
    yield layOut(rows.slice(start, start + rowsPerBatch), fewShapes)
  }
}

/**
 * Puts all texts into one batch: each in its own row, or several in longer rows, whichever costs less at this tower width.
 * @param fewShapes whether to round the number of rows up too, by at most a quarter
 */
export function textBatch(
  sequences: readonly Int32Array[],
  {
    width,
    fewShapes,
    tower = {},
  }: { readonly width: number; readonly fewShapes: boolean } & Pick<TextBatchOptions, 'tower'>,
): TextBatch {
  if (readsPadding(tower)) return layOutWhole(wholeRows(sequences, tower), fewShapes)
  const order = dictionaryOrder(sequences)
  const longest = roundUp(Math.max(...sequences.map(({ length }) => length)), lengthStep)
  const layouts = [...new Set([longest, Math.max(longest, sharedRowLength)])].map((length) => ({
    length,
    rows: packTexts(sequences, order, { length, ends: endsPerSharedRow }),
  }))
  // A block needs 12 · width² multiplications per token, and its attention 2 · length · width.
  const cost = (layout: (typeof layouts)[number]) => layout.rows.length * layout.length * (6 * width + layout.length)
  const { rows } = layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best))
  const count = fewShapes ? roundUp(rows.length, Math.max(1, paddedSize(rows.length) / 8)) : rows.length
  const unused = Array.from({ length: count - rows.length }, emptyRow)
  return layOut([...rows, ...unused], fewShapes)
}

/** Batches of texts of full length, one per row, with about as many tokens as batches of short texts have. */
function* wholeBatches(
  sequences: readonly Int32Array[],
  { batchSize, fewShapes, tower }: Required<TextBatchOptions>,
): Generator<TextBatch> {
  const rows = wholeRows(sequences, tower)
  const rowsPerBatch = Math.max(1, Math.floor(tokensPerBatch(batchSize) / (sequences[0]?.length ?? 1)))
  for (let start = 0; start < rows.length; start += rowsPerBatch) {
    yield layOutWhole(rows.slice(start, start + rowsPerBatch), fewShapes !== false)
  }
}

/** One row for each different text. */
function wholeRows(sequences: readonly Int32Array[], { pool = 'end' }: TextTower): TextRow[] {
  const length = sequences[0]?.length ?? 0
  return packTexts(sequences, dictionaryOrder(sequences), { length, ends: 1 }).map(({ ids, positions, ends }) => ({
    ids,
    positions,
    ends: [{ column: pooledColumn(ids, pool), texts: ends[0]!.texts }],
  }))
}

function pooledColumn(ids: readonly number[], pool: NonNullable<TextTower['pool']>): number {
  if (pool === 'first') return 0
  return pool === 'last' ? ids.length - 1 : ids.indexOf(Math.max(...ids))
}

/** @param fewShapes whether to round the number of rows up to a power of two, with unused rows */
function layOutWhole(rows: readonly TextRow[], fewShapes: boolean): TextBatch {
  const count = fewShapes ? paddedSize(rows.length) : rows.length
  return layOut([...rows, ...Array.from({ length: count - rows.length }, emptyRow)], false)
}

const emptyRow = (): TextRow => ({ ids: [], positions: [], ends: [] })

/** Rows of texts. If they fit into one batch, they are as short as possible without adding a row. */
function fillRows(sequences: readonly Int32Array[], ends: number, rowsPerBatch: number): TextRow[] {
  const order = dictionaryOrder(sequences)
  const longest = sequences.reduce((most, { length }) => Math.max(most, length), 0)
  const rows = packTexts(sequences, order, { length: Math.max(longest, rowLength), ends })
  if (rows.length === 1 || rows.length > rowsPerBatch) return rows
  for (let length = roundUp(longest, lengthStep); length < rowLength; length += lengthStep) {
    const shorter = packTexts(sequences, order, { length, ends })
    if (shorter.length === rows.length) return shorter
  }
  return rows
}

function layOut(rows: readonly TextRow[], fewShapes: TextBatchOptions['fewShapes']): TextBatch {
  const longest = Math.max(...rows.map(({ ids }) => ids.length))
  const most = Math.max(...rows.map(({ ends }) => ends.length))
  const [length, endsPerRow] = shapeOf(longest, most, fewShapes)
  const ids = new Int32Array(rows.length * length) // [rows, length]
  const positions = new Int32Array(rows.length * length) // [rows, length]
  const reaches = new Int32Array(rows.length * length) // [rows, length]
  const ends = new Int32Array(rows.length * endsPerRow) // [rows, ends]
  const texts = Array.from<number, readonly number[]>(ends, () => [])
  rows.forEach((row, i) => {
    ids.set(row.ids, i * length)
    positions.set(row.positions, i * length)
    reaches.set(reachesOf(positions.subarray(i * length, (i + 1) * length)), i * length)
    row.ends.forEach((end, j) => {
      ends[i * endsPerRow + j] = i * length + end.column
      texts[i * endsPerRow + j] = end.texts
    })
  })
  return { ids, positions, reaches, shape: [rows.length, length], ends, endsShape: [rows.length, endsPerRow], texts }
}

/** Unused ends cost little: only the last block and the head compute them. */
function shapeOf(longest: number, ends: number, fewShapes: TextBatchOptions['fewShapes']): readonly [number, number] {
  if (!fewShapes) return [longest, ends]
  if (fewShapes === 'mixed') return [roundUp(longest, mixedLengthStep), textsPerRow]
  return [roundUp(longest, lengthStep), paddedSize(ends)]
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
