/** Groups texts into batches for the text tower. */
import { paddedSize } from '../padded-batch'
import { dictionaryOrder, packTexts, reachesOf, type TextRow } from './shared-prefixes'

/** A batch for the text tower: rows of texts that stand in trees (`shared-prefixes.ts`). */
export interface TextBatch {
  /** `[rows, length]` */
  readonly shape: readonly [number, number]
  /** Token ids; what no text fills is 0: `[rows, length]`. */
  readonly ids: Int32Array
  /** Each token's place in its text: `[rows, length]`. */
  readonly positions: Int32Array
  /** The column up to which each token is seen: `[rows, length]`. */
  readonly reaches: Int32Array
  /** Where texts end, counted through all rows, filled up with 0: `[rows, ends]`. */
  readonly ends: Int32Array
  readonly endsShape: readonly [number, number]
  /** For each of `ends`, the places of its texts among those given: several where texts are equal. */
  readonly texts: readonly (readonly number[])[]
}

/** How texts are grouped. */
export interface TextBatchOptions {
  /** The most texts in a batch; equal ones count once. */
  readonly batchSize: number
  /** Whether batches keep to few shapes. */
  readonly fewShapes: boolean
}

/**
 * Columns of a row. Attention is computed between all columns of a row: longer rows cost more of it, shorter ones repeat more
 * beginnings and leave more room unused.
 */
const rowLength = 128

/** The most texts in a row: short prompts with a common beginning fill it with about as many. */
const textsARow = 32

/** Where all texts are taken at once, few beginnings are shared, and shorter rows cost less attention. */
const sharedRowLength = 96
const endsASharedRow = 16

/** Lengths of rows are multiples of this where few shapes are wanted. */
const lengthStep = 16

/** Batches of texts, in which a beginning that texts share is computed once a row. */
export function* textBatches(
  sequences: readonly Int32Array[],
  { batchSize, fewShapes }: TextBatchOptions,
): Generator<TextBatch> {
  const ends = Math.min(batchSize, textsARow)
  const rowsABatch = Math.floor(batchSize / ends)
  const rows = fillRows(sequences, ends, rowsABatch)
  for (let start = 0; start < rows.length; start += rowsABatch) {
    yield layOut(rows.slice(start, start + rowsABatch), fewShapes)
  }
}

/**
 * All texts as one batch: each in a row of its own, or several in longer rows, whichever costs a tower of this width less.
 * @param fewShapes whether the number of rows is rounded up too, by a quarter at most
 */
export function textBatch(
  sequences: readonly Int32Array[],
  { width, fewShapes }: { readonly width: number; readonly fewShapes: boolean },
): TextBatch {
  const order = dictionaryOrder(sequences)
  const longest = roundUp(Math.max(...sequences.map(({ length }) => length)), lengthStep)
  const layouts = [...new Set([longest, Math.max(longest, sharedRowLength)])].map((length) => ({
    length,
    rows: packTexts(sequences, order, { length, ends: endsASharedRow }),
  }))
  // A block's products are 12 · width² a token, those of its attention 2 · length · width.
  const cost = (layout: (typeof layouts)[number]) => layout.rows.length * layout.length * (6 * width + layout.length)
  const { rows } = layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best))
  const count = fewShapes ? roundUp(rows.length, Math.max(1, paddedSize(rows.length) / 8)) : rows.length
  const unused = Array.from({ length: count - rows.length }, () => ({ ids: [], positions: [], ends: [] }))
  return layOut([...rows, ...unused], fewShapes)
}

/** Rows of texts. Those that make up a single batch are as short as they can be without becoming more. */
function fillRows(sequences: readonly Int32Array[], ends: number, rowsABatch: number): TextRow[] {
  const order = dictionaryOrder(sequences)
  const longest = sequences.reduce((most, { length }) => Math.max(most, length), 0)
  const rows = packTexts(sequences, order, { length: Math.max(longest, rowLength), ends })
  if (rows.length === 1 || rows.length > rowsABatch) return rows
  for (let length = roundUp(longest, lengthStep); length < rowLength; length += lengthStep) {
    const shorter = packTexts(sequences, order, { length, ends })
    if (shorter.length === rows.length) return shorter
  }
  return rows
}

function layOut(rows: readonly TextRow[], fewShapes: boolean): TextBatch {
  const longest = Math.max(...rows.map(({ ids }) => ids.length))
  const most = Math.max(...rows.map(({ ends }) => ends.length))
  const [length, endsARow] = fewShapes ? [roundUp(longest, lengthStep), paddedSize(most)] : [longest, most]
  const ids = new Int32Array(rows.length * length) // [rows, length]
  const positions = new Int32Array(rows.length * length) // [rows, length]
  const reaches = new Int32Array(rows.length * length) // [rows, length]
  const ends = new Int32Array(rows.length * endsARow) // [rows, ends]
  const texts = Array.from<number, readonly number[]>(ends, () => [])
  rows.forEach((row, i) => {
    ids.set(row.ids, i * length)
    positions.set(row.positions, i * length)
    reaches.set(reachesOf(positions.subarray(i * length, (i + 1) * length)), i * length)
    row.ends.forEach((end, j) => {
      ends[i * endsARow + j] = i * length + end.column
      texts[i * endsARow + j] = end.texts
    })
  })
  return { ids, positions, reaches, shape: [rows.length, length], ends, endsShape: [rows.length, endsARow], texts }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
