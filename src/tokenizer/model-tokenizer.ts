/** The tokenizer of one model: CLIP's, or one from a `tokenizer.json`. */
import type { TokenizedBatchLike } from './tokenizer'

export interface ModelTokenizer {
  /** All token ids of a text, without those that `start` and `end` add. */
  encode(text: string): number[]
  /** Rows of ids for the text tower. */
  tokenize(texts: string | readonly string[]): TokenizedBatchLike
  /** The ids that every text starts and ends with. */
  readonly start: readonly number[]
  readonly end: readonly number[]
  /** Pads ids to the context length. */
  fill(ids: ArrayLike<number>): Int32Array
  /** Whether a word ends between two consecutive tokens. */
  isBreak(before: number, after: number): boolean
}
