/** Tokenizers from the `tokenizer.json` of Hugging Face, run by `@huggingface/tokenizers`. */
import { checkStrings, checkWhole, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import type { ModelTokenizer } from './model-tokenizer'
import { cleaningFor, type Cleaning } from './text-cleaning'

/** The files of a tokenizer. */
export interface TokenizerFiles {
  /** The parsed `tokenizer.json`. */
  readonly tokenizer: unknown
  /** The parsed `tokenizer_config.json`, if there is one. It may state the padding side. */
  readonly config?: unknown
  /** The location of the files, for messages. */
  readonly name: string
}

export interface JSONTokenizerOptions {
  /** Tokens per row. */
  readonly contextLength: number
  /** The size of the model's vocabulary: ids must be below it. */
  readonly vocabularySize: number
  readonly cleaning?: Cleaning
  /** The padding id, if the files do not state it. */
  readonly padId?: number
}

/**
 * Loads a tokenizer. Texts are cleaned, split, truncated to the context and padded, as transformers does with
 * `padding="max_length"` and `truncation=True`.
 * @throws DreamLIPError `INVALID_CONFIG` for a file that is not a tokenizer, or one of an unsupported kind
 */
export async function loadJSONTokenizer(
  files: TokenizerFiles,
  { contextLength, vocabularySize, cleaning = 'none', padId }: JSONTokenizerOptions,
): Promise<ModelTokenizer> {
  const json = asFields(files.tokenizer)
  const model = json && asFields(json.model)
  if (!model) throw invalidFile(files.name, 'expected a tokenizer.json with a model')
  const { Tokenizer } = await import('@huggingface/tokenizers')
  const config = asFields(files.config) ?? {}
  const tokenizer = build(files.name, () => new Tokenizer(json, { unk_token: model.unk_token, ...config }))
  const split = (text: string, special: boolean) =>
    build(files.name, () => tokenizer.encode(text, { add_special_tokens: special, return_token_type_ids: null }).ids)
  const clean = cleaningFor(cleaning)
  const { start, end } = frameOf(split('a', true), split('a', false))
  const filling = fillingOf(json, config, (token) => tokenizer.token_to_id(token), padId)
  const room = contextLength - start.length - end.length
  if (room < 1) throw invalidFile(files.name, `its start and end tokens leave no room in a context of ${contextLength}`)
  const encode = (text: string): number[] => {
    if (typeof text !== 'string') throw wrongArgument('text', 'a string', text)
    const ids = split(clean(text), false)
    const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize)
    if (wrong < 0) return ids
    throw invalidFile(
      files.name,
      `it gives the id ${ids[wrong]}, but the model's vocabulary has ${vocabularySize} entries`,
    )
  }
  const fill = (ids: ArrayLike<number>) => {
    const row = new Int32Array(contextLength).fill(filling.id)
    row.set(ids, filling.onLeft ? contextLength - ids.length : 0)
    return row
  }
  return {
    ...{ encode, start, end, fill },
    // In these vocabularies, the pieces that start words are marked: by SentencePiece's ▁, or Ġ in byte-level ones.
    isBreak: (_, after) => /^[▁Ġ]/.test(tokenizer.id_to_token(after) ?? ''),
    tokenize(texts) {
      const list = typeof texts === 'string' ? [texts] : texts
      checkStrings('texts', list, 'a text or an array of texts')
      const ids = new Int32Array(list.length * contextLength) // [texts, contextLength]
      const lengths = new Int32Array(list.length)
      const untruncatedLengths = new Int32Array(list.length)
      list.forEach((text, i) => {
        const encoded = encode(text)
        const row = [...start, ...encoded.slice(0, room), ...end]
        ids.set(fill(row), i * contextLength)
        lengths[i] = row.length
        untruncatedLengths[i] = start.length + encoded.length + end.length
      })
      return { ids, shape: [list.length, contextLength], lengths, untruncatedLengths }
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The tokens that the tokenizer adds around a text. */
function frameOf(framed: readonly number[], plain: readonly number[]): Pick<ModelTokenizer, 'start' | 'end'> {
  const starts = Array.from({ length: framed.length - plain.length + 1 }, (_, i) => i)
  const at = starts.find((from) => plain.every((id, i) => framed[from + i] === id)) ?? 0
  return { start: framed.slice(0, at), end: framed.slice(at + plain.length) }
}

/** The padding id and side: `tokenizer_config.json` takes precedence, as in transformers. */
function fillingOf(
  json: Fields,
  config: Fields,
  idOf: (token: string) => number | undefined,
  padId = 0,
): { readonly id: number; readonly onLeft: boolean } {
  const padding = asFields(json.padding) ?? {}
  const token = typeof config.pad_token === 'string' ? config.pad_token : asFields(config.pad_token)?.content
  const named = typeof token === 'string' ? idOf(token) : undefined
  const id = named ?? (Number.isInteger(padding.pad_id) ? (padding.pad_id as number) : padId)
  const side = config.padding_side ?? padding.direction
  return { id: checkWhole('pad_id', id, 0), onLeft: side === 'left' || side === 'Left' }
}

/** Converts errors of the library to errors of this package that name the file. */
function build<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw invalidFile(name, String((error as Error)?.message).slice(0, 200), error)
  }
}

function invalidFile(name: string, problem: string, cause?: unknown): DreamLIPError {
  return new DreamLIPError(
    'INVALID_CONFIG',
    `${name}: ${problem}. Use the tokenizer.json that the model was trained with.`,
    { cause },
  )
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
