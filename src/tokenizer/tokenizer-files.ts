/** CLIP's tokenizer in the file formats of Hugging Face's libraries. */
import { endToken, firstMerge, startToken } from './ids'
import { loadVocabulary, type Vocabulary } from './vocabulary'

const [start, end, endOfWord] = ['<|startoftext|>', '<|endoftext|>', '</w>']

const specialTokens = { bos_token: start, eos_token: end, unk_token: end, pad_token: end }

/** The pattern of CLIP's words in transformers' `CLIPTokenizer`. Unlike open_clip, it has special tokens with bars. */
const words = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`

/**
 * The files of a `CLIPTokenizer`, by name, as text: `tokenizer.json`, and the older `vocab.json` and `merges.txt`.
 * @param contextLength maximum tokens per text
 */
export async function tokenizerFiles(contextLength: number): Promise<Map<string, string>> {
  const vocabulary = await loadVocabulary()
  const pieces = piecesOf(vocabulary)
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]))
  const merges = [...vocabulary.merges.keys()].map(
    (pair) => [pieces[Math.floor(pair / 65_536)]!, pieces[pair % 65_536]!] as const,
  )
  const config = {
    tokenizer_class: 'CLIPTokenizer',
    ...specialTokens,
    model_max_length: contextLength,
    do_lower_case: true,
    add_prefix_space: false,
    errors: 'replace',
  }
  const lines = merges.map((pair) => pair.join(' '))
  return new Map([
    ['tokenizer.json', JSON.stringify(tokenizerJSON(vocab, lines))],
    ['tokenizer_config.json', JSON.stringify(config, null, 2)],
    ['special_tokens_map.json', JSON.stringify(specialTokens, null, 2)],
    ['vocab.json', JSON.stringify(vocab)],
    ['merges.txt', `#version: 0.2\n${lines.join('\n')}\n`],
  ])
}

/** The name of each id: its bytes as characters, with a mark at the end of a word. */
function piecesOf({ byteIds, bytes, endsWord }: Vocabulary): string[] {
  const characters = Array.from(byteIds, (id, byte) => String.fromCodePoint(characterOf(byte, id)))
  const pieces = bytes.map(
    (piece, id) => Array.from(piece, (byte) => characters[byte]!).join('') + (endsWord[id] ? endOfWord : ''),
  )
  pieces[startToken] = start
  pieces[endToken] = end
  return pieces
}

/** Printable bytes of Latin-1, which have the first ids, are their own characters. The others follow Latin-1, as in GPT-2. */
function characterOf(byte: number, id: number): number {
  const printable = 188
  return id < printable ? byte : firstMerge / 2 + id - printable
}

/** The file of the `tokenizers` library. */
function tokenizerJSON(vocab: Readonly<Record<string, number>>, merges: readonly string[]): object {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      { id: startToken, content: start, ...added },
      { id: endToken, content: end, ...added },
    ],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: words }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [end, endToken],
      cls: [start, startToken],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: end,
      continuing_subword_prefix: '',
      end_of_word_suffix: endOfWord,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  }
}
