/** Tokenizes texts for one model. */
import { DreamLIPError } from '../../errors'
import type { TextConfig } from '../../models/config/config'
import { Tokenizer } from '../../tokenizer/tokenizer'
import { endToken, loadVocabulary, startToken, vocabularySize } from '../../tokenizer/vocabulary'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import type { LongTexts } from '../options'
import { inSentences, inWindows, type Pieces } from './long-texts'
import {
  checkTexts,
  cutAfterEnd,
  isTokens,
  sequencesOf,
  type TextBatchInput,
  type TokenizedTexts,
  type TruncatedText,
} from './sequences'
import { readsPadding } from './text-batches'
import type { WindowOptions } from './windows'

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
  const { text } = state.encoder.config
  checkTextsFor(state, texts)
  if (isTokens(texts)) {
    checkCuttable(text, long)
    const { sequences, truncated } = sequencesOf(texts, { ...text, contextLength: Infinity })
    const windows = await windowsIn(text)
    return { pieces: sequences.map((sequence) => inWindows(sequence, windows)), truncated }
  }
  const tokenizer = await tokenizerOf(state)
  const windows = await windowsIn(text)
  const tokenize = (one: string) => cutAfterEnd(Int32Array.from([startToken, ...tokenizer.encode(one), endToken]))
  const split = (one: string) =>
    long === 'sentences' ? inSentences(one, tokenize, windows) : inWindows(tokenize(one), windows)
  return { pieces: (typeof texts === 'string' ? [texts] : texts).map(split), truncated: [] }
}

function checkTextsFor({ encoder }: ModelState, texts: TextBatchInput): void {
  checkTexts(texts)
  encoder.checkAlive()
  checkTower(encoder, 'text')
}

/** Only the words of CLIP's vocabulary are known: windows over other ids may start anywhere. */
async function windowsIn({ contextLength, vocabularySize: tokens }: TextConfig): Promise<WindowOptions> {
  if (contextLength < 3) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `long: this model reads ${contextLength} tokens, start and end token included, so there is no room for pieces of a text. Pass 'truncate'.`,
    )
  }
  const endsWord = tokens === vocabularySize ? (await loadVocabulary()).endsWord : undefined
  return { contextLength, start: 1, end: 1, isBreak: (before) => endsWord === undefined || endsWord[before] === 1 }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for token ids that cannot be cut in this way */
function checkCuttable(text: TextConfig, long: LongTexts): void {
  const problem =
    long === 'sentences'
      ? "got 'sentences', which needs words to find where sentences end"
      : readsPadding(text) && 'this model reads padding, so nothing says where a text ends'
  if (!problem) return
  const expected = readsPadding(text) ? "'truncate'" : "'windows' or 'truncate'"
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `long: expected ${expected} for token ids; ${problem}. Pass the texts as strings.`,
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
