/** Groups tokenized texts by length, so that each batch runs only as many positions as its longest text has. */
import { DreamLIPError } from '../errors'
import type { Tokenizer } from '../tokenizer/tokenizer'

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

/** Texts as ids without padding, in the order given. */
export interface TokenizedTexts {
  readonly sequences: readonly Int32Array[]
  readonly truncated: readonly TruncatedText[]
}

/** A batch for the text tower. */
export interface TextBatch {
  /** Ids, padded with 0: `[texts, length]`. */
  readonly ids: Int32Array
  readonly shape: readonly [number, number]
  /** Position of each text's end token, where the tower pools: `[texts]`. */
  readonly endPositions: Int32Array
  /** Each row's place among the texts given. */
  readonly indices: readonly number[]
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
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the row that is empty, too long, or holds an id outside the vocabulary
 */
export function sequencesOf(
  { tokens }: TokenBatch,
  { contextLength, vocabularySize }: { contextLength: number; vocabularySize: number },
): TokenizedTexts {
  const sequences = tokens.map((ids, index) => {
    if (ids.length === 0 || ids.length > contextLength) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `tokens[${index}]: expected 1 to ${contextLength} ids; got ${ids.length}. Cut it, keeping the end token last.`,
      )
    }
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
    if (wrong !== undefined) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `tokens[${index}]: expected ids from 0 to ${vocabularySize - 1}; got ${wrong}. Use this model's own tokenizer.`,
      )
    }
    return Int32Array.from(ids.slice(0, indexOfLargest(ids) + 1))
  })
  return { sequences, truncated: [] }
}

/** Batches from the shortest to the longest text: neighbours in length share a batch, so that little is padding. */
export function* textBatches(sequences: readonly Int32Array[], batchSize: number): Generator<TextBatch> {
  const order = sequences.map((_, index) => index).sort((a, b) => sequences[a]!.length - sequences[b]!.length)
  for (let start = 0; start < order.length; start += batchSize) {
    const indices = order.slice(start, start + batchSize)
    const length = sequences[indices.at(-1)!]!.length
    const ids = new Int32Array(indices.length * length) // [texts, length]
    indices.forEach((index, i) => ids.set(sequences[index]!, i * length))
    const endPositions = Int32Array.from(indices, (index) => sequences[index]!.length - 1)
    yield { ids, shape: [indices.length, length], endPositions, indices }
  }
}

function indexOfLargest(ids: readonly number[]): number {
  return ids.reduce((best, id, i) => (id > ids[best]! ? i : best), 0)
}
