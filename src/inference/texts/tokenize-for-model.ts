/** Tokenizes texts for one model. */
import { DreamLIPError } from '../../errors'
import { Tokenizer } from '../../tokenizer/tokenizer'
import type { ModelTokenizer } from '../../tokenizer/model-tokenizer'
import { endToken, startToken, vocabularySize } from '../../tokenizer/ids'
import { loadVocabulary } from '../../tokenizer/vocabulary'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import type { LongTexts } from '../options'
import { inSentences, inWindows, mapPieces, type Pieces } from './long-texts'
import { readsPadding } from './text-batches'
import {
  checkTexts,
  cutAfterEnd,
  isTokens,
  sequencesOf,
  type TextBatchInput,
  type TokenizedTexts,
  type TruncatedText,
} from './sequences'
import type { WindowOptions } from './windows'

/** @throws DreamLIPError `INVALID_ARGUMENT` for texts if the model's own tokenizer is missing; `INVALID_CONFIG` if it is damaged; `DISPOSED` */
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
  const { contextLength, vocabularySize: tokens } = text
  checkTextsFor(state, texts)
  if (isTokens(texts)) {
    if (long === 'sentences' || readsPadding(text)) throw needsWords(long)
    const { sequences, truncated } = sequencesOf(texts, { contextLength: Infinity, vocabularySize: tokens })
    // Only the words of CLIP's vocabulary are known: windows over other ids may start anywhere.
    const isBreak = tokens === vocabularySize ? (await tokenizerOf(state)).isBreak : () => true
    const windows = checkRoom({ contextLength, isBreak, start: 1, end: 1 })
    return { pieces: sequences.map((sequence) => inWindows(sequence, windows)), truncated }
  }
  const tokenizer = await tokenizerOf(state)
  const { start, end } = tokenizer
  const windows = checkRoom({
    contextLength,
    start: start.length,
    end: end.length,
    isBreak: (before, after) => tokenizer.isBreak(before, after),
  })
  const tokenize = (words: string) => {
    const ids = Int32Array.from([...start, ...tokenizer.encode(words), ...end])
    return readsPadding(text) ? ids : cutAfterEnd(ids)
  }
  const split = (text: string) =>
    long === 'sentences' ? inSentences(text, tokenize, windows) : inWindows(tokenize(text), windows)
  const pieces = (typeof texts === 'string' ? [texts] : texts).map(split)
  return { pieces: readsPadding(text) ? pieces.map((each) => mapPieces(each, tokenizer.fill)) : pieces, truncated: [] }
}

function checkTextsFor({ encoder }: ModelState, texts: TextBatchInput): void {
  checkTexts(texts)
  encoder.checkAlive()
  checkTower(encoder, 'text')
}

function checkRoom(windows: WindowOptions): WindowOptions {
  const { contextLength, start, end } = windows
  if (contextLength > start + end) return windows
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `long: this model reads ${contextLength} tokens, start and end token included, so there is no room for pieces of a text. Pass 'truncate'.`,
  )
}

function needsWords(long: string): DreamLIPError {
  const others = long === 'sentences' ? "'windows' or 'truncate'" : "'truncate'"
  const why = long === 'sentences' ? 'words to find where sentences end' : "the model's tokenizer to cut and fill texts"
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    `long: expected ${others} for token ids; got '${long}', which needs ${why}. Pass the texts as strings.`,
  )
}

/** The model's tokenizer. If it cannot be loaded, the next call tries again. */
function tokenizerOf(state: ModelState): Promise<ModelTokenizer> {
  state.tokenizer ??= loadTokenizer(state).catch((error: unknown) => {
    state.tokenizer = undefined
    throw error
  })
  return state.tokenizer
}

async function loadTokenizer({ encoder, findTokenizer }: ModelState): Promise<ModelTokenizer> {
  const { text } = encoder.config
  if (text.vocabularySize === vocabularySize && text.cleaning === undefined) return clipTokenizer(text.contextLength)
  const files = await findTokenizer?.()
  if (!files) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `texts: this model has a vocabulary of ${text.vocabularySize}, not CLIP's ${vocabularySize}, and its tokenizer.json is not next ` +
        'to the weights. Put it there, load the model with { tokenizer: path }, or pass token ids { tokens: [[start, …, end]] }.',
    )
  }
  const { loadJSONTokenizer } = await import('../../tokenizer/json-tokenizer')
  return loadJSONTokenizer(files, text)
}

async function clipTokenizer(contextLength: number): Promise<ModelTokenizer> {
  const tokenizer = await Tokenizer.load({ contextLength })
  const { endsWord } = await loadVocabulary()
  return {
    encode: (text) => tokenizer.encode(text),
    tokenize: (texts) => tokenizer.tokenize(texts),
    start: [startToken],
    end: [endToken],
    fill: (ids) => Int32Array.from(ids),
    isBreak: (before) => endsWord[before] === 1,
  }
}
