/** CLIP's tokenizer: converts text to token ids and back, exactly like open_clip's `SimpleTokenizer`. */
import { checkObject, checkStrings, checkWhole, wrongArgument } from '../check-arguments'
import { encodeWord } from './byte-pair-encoding'
import { endToken, startToken, vocabularySize } from './ids'
import { loadVocabulary, type Vocabulary } from './vocabulary'

export interface TokenizerOptions {
  /** Maximum tokens per text, including start and end token; default 77. */
  readonly contextLength?: number
}

/** Texts as rows of ids. */
export interface TokenizedBatch {
  /** Start token, text, end token, then zeros: `[texts, contextLength]`, row-major. */
  readonly ids: Int32Array
  readonly shape: [number, number]
  /** The number of tokens of each text, including start and end token: `[texts]`. */
  readonly lengths: Int32Array
  /** The same before truncation. If it is larger than `contextLength`, the end of the text was cut off. */
  readonly untruncatedLengths: Int32Array
}

/** Texts as rows of ids, as an argument: their shape may also be a readonly tuple. */
export type TokenizedBatchLike = Omit<TokenizedBatch, 'shape'> & { readonly shape: readonly [number, number] }

/** A special token that is written out in a text becomes that token, as in the reference. */
const specialWords: ReadonlyMap<string, readonly number[]> = new Map([
  ['<start_of_text>', [startToken]],
  ['<end_of_text>', [endToken]],
])

/** Maximum words in the cache: enough for all frequent words of a language. When it is full, it is emptied. */
const rememberedWords = 1 << 16
const longestRememberedWord = 64

/** The longest context: no model reads more, and every row of ids has the full length. */
const longestContext = 1 << 20

const encoder = new TextEncoder()

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is iterable */
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

  /** Loads the vocabulary and the character tables, which are part of the package. Bundles fetch them here, not earlier. @throws DreamLIPError `INVALID_ARGUMENT` for a context of fewer than two tokens */
  static async load(options: TokenizerOptions = {}): Promise<Tokenizer> {
    const { contextLength = 77 } = checkObject('options', options)
    checkWhole('contextLength', contextLength, 2, longestContext) // start and end token
    const [vocabulary, { wordsOf }] = await Promise.all([loadVocabulary(), import('./words')])
    return new Tokenizer(vocabulary, wordsOf, contextLength)
  }

  /** Cleans a text and returns all of its token ids, without start and end token. */
  encode(text: string): number[] {
    if (typeof text !== 'string') throw wrongArgument('text', 'a string', text)
    const ids: number[] = []
    for (const word of this.wordsOf(text)) {
      for (const id of this.encodeWord(word)) ids.push(id)
    }
    return ids
  }

  /**
   * Returns rows of ids for the text tower: start token, text, end token, zeros. A text that is too long is cut, and the end token
   * is in the last place.
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
   * Converts ids to text: in lower case, with a space after each word. Bytes that are not UTF-8 become U+FFFD.
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

  /** Returns the tokens of a text in readable form: one string per token, with a space at the end of a word. */
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
