/** Tokenizes texts, and groups them into batches for the text tower. */
import { checkList, checkStrings, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { Tokenizer } from '../../tokenizer/tokenizer'
import type { Embeddings } from '../embeddings'
import { paddedSize } from '../pad-batch'
import { endToken, vocabularySize as clipVocabulary } from '../../tokenizer/vocabulary'
import { dictionaryOrder, packTexts, reachesOf, type TextRow } from './shared-prefixes'

/** Token ids that are ready for the text tower: start and end token included, no padding needed. */
export interface TokenBatch {
  readonly tokens: readonly (readonly number[])[]
}

/** What the text tower takes: one text, several, or token ids. */
export type TextBatchInput = string | readonly string[] | TokenBatch

/** A text that was longer than the context: what lay beyond was cut off before the end token. */
export interface TruncatedText {
  /** Its place among the texts given. */
  readonly index: number
  /** Its length in tokens before it was cut, start and end token included. */
  readonly tokens: number
}

/** Text embeddings, and which texts did not fit into the context. */
export interface TextEmbeddings extends Embeddings {
  readonly truncated: readonly TruncatedText[]
}

/** Texts as ids without padding, in the order given. */
export interface TokenizedTexts {
  readonly sequences: readonly Int32Array[]
  readonly truncated: readonly TruncatedText[]
}

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

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is one text, several, or token ids */
export function checkTexts(texts: TextBatchInput): void {
  if (typeof texts === 'string') return
  const expected = 'a text, an array of texts, or token ids { tokens: [[start, …, end]] }'
  if (isTokenBatch(texts)) checkList('tokens', texts.tokens, 'an array of token ids for each text')
  else checkStrings('texts', texts, expected)
}

export function isTokenBatch(texts: TextBatchInput): texts is TokenBatch {
  return typeof texts === 'object' && texts !== null && 'tokens' in texts
}

/** Ids of texts, each cut to its own length. */
export function tokenizeTexts(tokenizer: Tokenizer, texts: readonly string[]): TokenizedTexts {
  const { ids, shape, lengths, untruncatedLengths } = tokenizer.tokenize(texts)
  const context = shape[1]
  return {
    sequences: texts.map((_, i) => ids.subarray(i * context, i * context + lengths[i]!)),
    truncated: [...untruncatedLengths].flatMap((tokens, index) => (tokens > context ? [{ index, tokens }] : [])),
  }
}

/**
 * Token ids as the caller gave them, each cut after its end token: the largest id, where CLIP pools.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the row that is empty, too long, holds an id outside the vocabulary, or
 *   lacks CLIP's end token
 */
export function sequencesOf(
  { tokens }: TokenBatch,
  { contextLength, vocabularySize }: { contextLength: number; vocabularySize: number },
): TokenizedTexts {
  const sequences = Array.from(tokens, (ids, index) => {
    if (!isIds(ids)) throw wrongArgument(`tokens[${index}]`, 'an array of ids', ids)
    if (ids.length === 0 || ids.length > contextLength) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `tokens[${index}]: expected 1 to ${contextLength} ids; got ${ids.length}. Cut it, keeping the end token last.`,
      )
    }
    const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
    if (wrong >= 0) {
      const expected = `ids from 0 to ${vocabularySize - 1}`
      throw wrongArgument(`tokens[${index}][${wrong}]`, expected, ids[wrong], "Use this model's own tokenizer.")
    }
    // Other vocabularies may end texts with any token.
    if (vocabularySize === clipVocabulary && !ids.includes(endToken)) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `tokens[${index}]: expected the end token ${endToken}, where the text's embedding is taken; it is missing. ` +
          'Tokenizer.tokenize adds it.',
      )
    }
    return Int32Array.from(ids.slice(0, indexOfLargest(ids) + 1))
  })
  return { sequences, truncated: [] }
}

/** Rows of a typed array are taken as well: `Tokenizer.tokenize` gives such. */
function isIds(ids: unknown): ids is readonly number[] {
  return Array.isArray(ids) || ids instanceof Int32Array || ids instanceof Uint32Array || ids instanceof Uint16Array
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

function indexOfLargest(ids: readonly number[]): number {
  return ids.reduce((best, id, i) => (id > ids[best]! ? i : best), 0)
}
