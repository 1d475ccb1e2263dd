/** The texts that a caller passes, in any accepted form, as sequences of token ids. */
import { checkList, checkObject, checkStrings, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { TokenizedBatchLike } from '../../tokenizer/tokenizer'
import { endToken, vocabularySize as clipVocabulary } from '../../tokenizer/ids'
import type { Embeddings } from '../embeddings/embeddings'
import { isShape } from '../../shape'
import type { TextConfig } from '../../models/config/config'
import { readsPadding, type TextTower } from './text-batches'

/** Token ids of each text, with start and end token. Padding may follow the end token. */
export interface TokenBatch {
  readonly tokens: readonly (readonly number[])[]
}

/** One text, several, or texts that are already tokenized: as `Tokenizer.tokenize` returns them, or ids as arrays. */
export type TextBatchInput = string | readonly string[] | TokenizedBatchLike | TokenBatch

/** A text that was longer than the context: its end was cut off, before the end token. */
export interface TruncatedText {
  /** The index of the text. */
  readonly index: number
  /** Its length in tokens before it was cut, start and end token included. */
  readonly tokens: number
}

/** Text embeddings, and the texts that did not fit into the context. */
export interface TextEmbeddings extends Embeddings {
  readonly truncated: readonly TruncatedText[]
}

/** Texts as token ids in the caller's order: without padding, or filled up to the context if the tower reads padding. */
export interface TokenizedTexts {
  readonly sequences: readonly Int32Array[]
  readonly truncated: readonly TruncatedText[]
}

/** The limits of a text tower. `contextLength` is infinite if longer texts are embedded in pieces. */
type TowerLimits = Pick<TextConfig, 'contextLength' | 'vocabularySize' | 'padId'> & TextTower

const expectedTexts =
  'a text, an array of texts, the result of Tokenizer.tokenize(), or token ids { tokens: [[start, …, end]] }'

/** @throws DreamLIPError `INVALID_ARGUMENT` for anything that is not one of the forms of `TextBatchInput` */
export function checkTexts(texts: TextBatchInput): void {
  if (typeof texts === 'string') return
  if (isTokenized(texts)) checkTokenized(texts)
  else if (isTokenBatch(texts)) checkList('tokens', texts.tokens, 'one array of token ids per text')
  else checkStrings('texts', texts, expectedTexts)
}

/**
 * Tokenized texts, each cut after its end token: the largest id, where CLIP reads the embedding. For towers that read padding, they are
 * filled up to the context instead.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the text that is empty, is too long, has an id outside the vocabulary, or lacks
 *   CLIP's end token
 */
export function sequencesOf(texts: TokenizedBatchLike | TokenBatch, limits: TowerLimits): TokenizedTexts {
  return isTokenized(texts) ? sequencesOfRows(texts, limits) : sequencesOfArrays(texts, limits)
}

/** Whether texts are already tokenized. */
export function isTokens(texts: TextBatchInput): texts is TokenizedBatchLike | TokenBatch {
  return isTokenized(texts) || isTokenBatch(texts)
}

function isTokenized(texts: TextBatchInput): texts is TokenizedBatchLike {
  return typeof texts === 'object' && texts !== null && 'ids' in texts
}

function isTokenBatch(texts: TextBatchInput): texts is TokenBatch {
  return typeof texts === 'object' && texts !== null && 'tokens' in texts
}

function checkTokenized(texts: TokenizedBatchLike): void {
  const { ids, shape, untruncatedLengths } = checkObject('texts', texts, expectedTexts)
  if (!(ids instanceof Int32Array)) throw wrongArgument('texts.ids', 'an Int32Array', ids)
  if (!isShape(shape, 2)) throw wrongArgument('texts.shape', '[texts, contextLength]', shape)
  if (ids.length !== shape[0] * shape[1]) {
    throw wrongArgument('texts.ids', `${shape[0]} rows of ${shape[1]} ids, as the shape says`, ids)
  }
  const areLengths = untruncatedLengths instanceof Int32Array && untruncatedLengths.length === shape[0]
  if (areLengths || untruncatedLengths === undefined) return
  throw wrongArgument('texts.untruncatedLengths', `an Int32Array of ${shape[0]} lengths`, untruncatedLengths)
}

function sequencesOfRows(
  { ids, shape, untruncatedLengths = new Int32Array() }: TokenizedBatchLike,
  limits: TowerLimits,
) {
  const [count, length] = shape
  const sequences = Array.from({ length: count }, (_, index) => {
    const row = ids.subarray(index * length, (index + 1) * length)
    const fitted = readsPadding(limits) ? row : cutAfterEnd(row)
    checkIds(`texts.ids, row ${index}`, fitted, index, limits)
    return fitToTower(fitted, limits)
  })
  const truncated = Array.from(untruncatedLengths, (tokens, index) => ({ index, tokens }))
  return { sequences, truncated: truncated.filter(({ tokens }) => tokens > length) }
}

function sequencesOfArrays({ tokens }: TokenBatch, limits: TowerLimits): TokenizedTexts {
  const sequences = Array.from(tokens, (ids, index) => {
    const name = `tokens[${index}]`
    if (!isIds(ids)) throw wrongArgument(name, 'an array of ids', ids, '', { index })
    checkIds(name, ids, index, limits)
    return fitToTower(Int32Array.from(ids), limits)
  })
  return { sequences, truncated: [] }
}

/** Typed arrays are accepted too. */
function isIds(ids: unknown): ids is readonly number[] {
  return Array.isArray(ids) || ids instanceof Int32Array || ids instanceof Uint32Array || ids instanceof Uint16Array
}

function checkIds(
  name: string,
  ids: ArrayLike<number>,
  index: number,
  { contextLength, vocabularySize, pool = 'end' }: TowerLimits,
): void {
  if (ids.length === 0 || ids.length > contextLength) {
    const expected = contextLength === Infinity ? 'at least 1 id' : `1 to ${contextLength} ids`
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `${name}: expected ${expected}; got ${ids.length}. Shorten it and keep the end token last, or pass ` +
        "{ long: 'windows' }.",
      { index },
    )
  }
  const values = Array.from(ids)
  const wrong = values.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
  if (wrong >= 0) {
    const expected = `ids from 0 to ${vocabularySize - 1}`
    throw wrongArgument(`${name}[${wrong}]`, expected, ids[wrong], "Use this model's own tokenizer.", { index })
  }
  // Other vocabularies may end texts with any token.
  if (pool !== 'end' || vocabularySize !== clipVocabulary || values.includes(endToken)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${name}: expected the end token ${endToken}, which the text's embedding is read from; it is missing. ` +
      'Tokenizer.tokenize adds it.',
    { index },
  )
}

/** The part of a text that its embedding depends on. Where padding does not count, it ends with the end token. */
export function fitToTower(ids: Int32Array, limits: TowerLimits): Int32Array {
  if (!readsPadding(limits)) return cutAfterEnd(ids)
  if (ids.length >= limits.contextLength || limits.contextLength === Infinity) return ids
  const filled = new Int32Array(limits.contextLength).fill(limits.padId ?? 0)
  filled.set(ids)
  return filled
}

/** Token ids up to the end token: the largest id, where CLIP reads the embedding. */
export function cutAfterEnd(ids: Int32Array): Int32Array {
  return ids.subarray(0, ids.reduce((best, id, i) => (id > ids[best]! ? i : best), 0) + 1)
}
