/** CLIP's tokenizer: text to token ids and back, equal to open_clip's `SimpleTokenizer`. */
import { checkObject, checkStrings, checkWhole, wrongArgument } from '../check-arguments'
import { encodeWord } from './byte-pair-encoding'
import { endToken, loadVocabulary, startToken, vocabularySize, type Vocabulary } from './vocabulary'

export interface TokenizerOptions {
  /** Tokens of a text at most, start and end token included; default 77. */
  readonly contextLength?: number
}

/** Texts as rows of ids. */
export interface TokenizedBatch {
  /** Start token, text, end token, then zeros: `[texts, contextLength]`, row-major. */
  readonly ids: Int32Array
  readonly shape: readonly [number, number]
  /** Tokens of each text, start and end token included: `[texts]`. */
  readonly lengths: Int32Array
  /** The same before texts were cut to the context; where it is larger than `contextLength`, the text's end is lost. */
  readonly untruncatedLengths: Int32Array
}

/** Text that spells a special token is that token, as in the reference. */
const specialWords: ReadonlyMap<string, readonly number[]> = new Map([
  ['<start_of_text>', [startToken]],
  ['<end_of_text>', [endToken]],
])

/** Words whose ids are remembered: enough for all of a language's frequent ones. Then it starts afresh. */
const rememberedWords = 1 << 16
const longestRememberedWord = 64

/** No model reads more: rows of ids are this long, whatever the texts. */
const longestContext = 1 << 20

const encoder = new TextEncoder()

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it can be gone through, as an array can */
function checkIterable(ids: Iterable<number>): Iterable<number> {
  if (typeof ids === 'object' && ids !== null && typeof ids[Symbol.iterator] === 'function') return ids
  throw wrongArgument('ids', 'an array of ids', ids)
}

/**
 * Splits text into CLIP's tokens.
 *
 * @example
 * const tokenizer = await Tokenizer.load()
 * tokenizer.encode('a photo of a cat') // [320, 1125, 539, 320, 2368]
 */
export class Tokenizer {
  readonly vocabularySize = vocabularySize
  readonly startToken = startToken
  readonly endToken = endToken
  private readonly remembered = new Map<string, readonly number[]>()

  private constructor(
    private readonly vocabulary: Vocabulary,
    private readonly wordsOf: (text: string) => readonly string[],
    readonly contextLength: number,
  ) {}

  /** Reads the vocabulary and the tables of characters, which are part of the package: bundles load them here, not before. @throws DreamLIPError for a context without room for two tokens */
  static async load(options: TokenizerOptions = {}): Promise<Tokenizer> {
    const { contextLength = 77 } = checkObject('options', options)
    checkWhole('contextLength', contextLength, 2, longestContext) // start and end token
    const [vocabulary, { wordsOf }] = await Promise.all([loadVocabulary(), import('./words')])
    return new Tokenizer(vocabulary, wordsOf, contextLength)
  }

  /** Token ids of a cleaned text, without start and end token, however many they are. */
  encode(text: string): number[] {
    if (typeof text !== 'string') throw wrongArgument('text', 'a string', text)
    const ids: number[] = []
    for (const word of this.wordsOf(text)) {
      for (const id of this.encodeWord(word)) ids.push(id)
    }
    return ids
  }

  /**
   * Rows of ids for the text tower: start token, text, end token, zeros. A text that is too long is cut, and the end token
   * takes the last place.
   * @param texts one text or several
   */
  tokenize(texts: string | readonly string[]): TokenizedBatch {
    const list = typeof texts === 'string' ? [texts] : texts
    checkStrings('texts', list, 'a text or an array of texts')
    const { contextLength } = this
    const ids = new Int32Array(list.length * contextLength) // [texts, contextLength]
    const lengths = new Int32Array(list.length)
    const untruncatedLengths = new Int32Array(list.length)
    list.forEach((text, i) => {
      const encoded = this.encode(text)
      const kept = encoded.slice(0, contextLength - 2)
      ids.set([startToken, ...kept, endToken], i * contextLength)
      lengths[i] = kept.length + 2
      untruncatedLengths[i] = encoded.length + 2
    })
    return { ids, shape: [list.length, contextLength], lengths, untruncatedLengths }
  }

  /**
   * The text of ids: lower case, a space after each word. Bytes that are no UTF-8 become U+FFFD.
   * @throws DreamLIPError `INVALID_ARGUMENT` for an id outside the vocabulary
   */
  decode(ids: Iterable<number>): string {
    const { bytes, endsWord } = this.vocabulary
    const parts: number[] = []
    for (const id of checkIterable(ids)) {
      checkWhole('ids', id, 0, vocabularySize - 1)
      const piece = bytes[id]!
      for (const byte of piece) parts.push(byte)
      if (endsWord[id]) parts.push(0x20)
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(parts))
  }

  /** A text's tokens as people read them: one string a token, a space where a word ends. */
  tokens(text: string): string[] {
    return this.encode(text).map((id) => this.decode([id]))
  }

  private encodeWord(word: string): readonly number[] {
    const known = specialWords.get(word) ?? this.remembered.get(word)
    if (known) return known
    const ids = encodeWord(encoder.encode(word), this.vocabulary)
    if (word.length > longestRememberedWord) return ids
    if (this.remembered.size === rememberedWords) this.remembered.clear()
    this.remembered.set(word, ids)
    return ids
  }
}
