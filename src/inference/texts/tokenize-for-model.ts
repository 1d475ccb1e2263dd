/** Tokenizes texts for one model. */
import { DreamLIPError } from '../../errors'
import { Tokenizer } from '../../tokenizer/tokenizer'
import { endToken, loadVocabulary, startToken, vocabularySize } from '../../tokenizer/vocabulary'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import type { LongTexts } from '../options'
import { inSentences, inWindows, type Pieces, type Reading } from './long-texts'
import {
  checkTexts,
  cutAfterEnd,
  isTokens,
  sequencesOf,
  type TextBatchInput,
  type TokenizedTexts,
  type TruncatedText,
} from './sequences'

/** @throws DreamLIPError `INVALID_ARGUMENT` for texts if the model's vocabulary is not CLIP's; `DISPOSED` */
export async function tokenizeForModel(state: ModelState, texts: TextBatchInput): Promise<TokenizedTexts> {
  const { text } = state.encoder.config
  checkTextsFor(state, texts)
  if (isTokens(texts)) return sequencesOf(texts, text)
  return sequencesOf((await tokenizerOf(state)).tokenize(texts), text)
}

/**
 * The tokens of texts, in pieces where a text is longer than the context.
 * @throws DreamLIPError as `tokenizeForModel`, and `INVALID_ARGUMENT` for token ids that should be split into sentences
 */
export async function tokenizeInPieces(
  state: ModelState,
  texts: TextBatchInput,
  long: Exclude<LongTexts, 'truncate'>,
): Promise<{ readonly pieces: readonly Pieces[]; readonly truncated: readonly TruncatedText[] }> {
  const { contextLength, vocabularySize: tokens } = state.encoder.config.text
  checkTextsFor(state, texts)
  if (isTokens(texts)) {
    if (long === 'sentences') throw needsWords()
    const { sequences, truncated } = sequencesOf(texts, { contextLength: Infinity, vocabularySize: tokens })
    const reading = await readingOf(contextLength, tokens)
    return { pieces: sequences.map((sequence) => inWindows(sequence, reading)), truncated }
  }
  const tokenizer = await tokenizerOf(state)
  const reading = await readingOf(contextLength, tokens)
  const tokenize = (text: string) => cutAfterEnd(Int32Array.from([startToken, ...tokenizer.encode(text), endToken]))
  const split = (text: string) =>
    long === 'sentences' ? inSentences(text, tokenize, reading) : inWindows(tokenize(text), reading)
  return { pieces: (typeof texts === 'string' ? [texts] : texts).map(split), truncated: [] }
}

function checkTextsFor({ encoder }: ModelState, texts: TextBatchInput): void {
  checkTexts(texts)
  encoder.checkAlive()
  checkTower(encoder, 'text')
}

/** Only the words of CLIP's vocabulary are known: windows over other ids may start anywhere. */
async function readingOf(contextLength: number, tokens: number): Promise<Reading> {
  if (contextLength < 3) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `long: this model reads ${contextLength} tokens, start and end token included, so there is no room for pieces of a text. Pass 'truncate'.`,
    )
  }
  if (tokens !== vocabularySize) return { contextLength, endsWord: () => true }
  const { endsWord } = await loadVocabulary()
  return { contextLength, endsWord: (id) => endsWord[id] === 1 }
}

function needsWords(): DreamLIPError {
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    "long: expected 'windows' or 'truncate' for token ids; got 'sentences', which needs words to find where sentences end. " +
      'Pass the texts as strings.',
  )
}

function tokenizerOf(state: ModelState): Promise<Tokenizer> {
  const { text } = state.encoder.config
  if (text.vocabularySize !== vocabularySize) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `texts: this model has a vocabulary of ${text.vocabularySize}, not CLIP's ${vocabularySize}; ` +
        'tokenize with its own tokenizer, and pass { tokens: [[start, …, end]] }.',
    )
  }
  state.tokenizer ??= Tokenizer.load({ contextLength: text.contextLength })
  return state.tokenizer
}
