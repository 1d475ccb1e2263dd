/** Splits texts that are longer than a model's context into pieces. */
import { splitCaption } from '../../data/sampling/split-caption'
import { unitMean } from '../embeddings/unit-mean'
import { windowsOf, type WindowOptions } from './windows'

/** A text in pieces: the token ids of one piece, or parts whose unit embeddings are averaged. */
export type Pieces = Int32Array | readonly Pieces[]

/** A tokenized text in windows, if it does not fit. */
export function inWindows(sequence: Int32Array, options: WindowOptions): Pieces {
  return sequence.length <= options.contextLength ? sequence : windowsOf(sequence, options)
}

/** A text in sentences, if it does not fit. @param tokenize returns the token ids of any text, without a limit */
export function inSentences(text: string, tokenize: (text: string) => Int32Array, windows: WindowOptions): Pieces {
  const whole = tokenize(text)
  if (whole.length <= windows.contextLength) return whole
  const sentences = splitCaption(text, { rule: 'sentences' })
  return sentences.length < 2
    ? inWindows(whole, windows)
    : sentences.map((sentence) => inWindows(tokenize(sentence), windows))
}

/** The same pieces with other token ids. */
export function mapPieces(pieces: Pieces, change: (sequence: Int32Array) => Int32Array): Pieces {
  return pieces instanceof Int32Array ? change(pieces) : pieces.map((piece) => mapPieces(piece, change))
}

/** The sequences of token ids in texts, in order. */
export function sequencesIn(texts: readonly Pieces[]): Int32Array[] {
  return texts.flatMap((pieces) => (pieces instanceof Int32Array ? [pieces] : sequencesIn(pieces)))
}

/**
 * Combines the embeddings of pieces into embeddings of texts. A text in one piece keeps the piece's values.
 * @param next returns the raw embedding of each of `sequencesIn(texts)` in turn
 */
export function joinPieces(texts: readonly Pieces[], next: () => Float32Array): Float32Array[] {
  return texts.map((pieces) => (pieces instanceof Int32Array ? next() : unitMean(joinPieces(pieces, next))))
}
