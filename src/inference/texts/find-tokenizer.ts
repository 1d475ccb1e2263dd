/** Finds the tokenizer of a model whose vocabulary is not CLIP's: the caller's, or the files next to the weights. */
import { openByteSource } from '../../bytes/read/open-source'
import { readJSON } from '../../checkpoint/folder/json-file'
import type { Checkpoint } from '../../checkpoint/tensor'
import type { TokenizerFiles } from '../../tokenizer/json-tokenizer'

/** A `tokenizer.json`: its path or URL, a Blob, or the parsed object. */
export type TokenizerInput = string | Blob | Readonly<Record<string, unknown>>

/** Reads a model's tokenizer; `undefined` if there is none. */
export type FindTokenizer = () => Promise<TokenizerFiles | undefined>

/** SigLIP 2's, from Gemma, has 34 MB. */
export const largestTokenizer = 128 * 1024 * 1024

/** Reads the files. */
export async function findTokenizer(
  { file, readBeside }: Pick<Checkpoint, 'file' | 'readBeside'>,
  given: TokenizerInput | undefined,
): Promise<TokenizerFiles | undefined> {
  if (given !== undefined) return readGiven(given)
  const tokenizer = await readBeside?.('tokenizer.json', undefined, largestTokenizer)
  if (tokenizer === undefined) return undefined
  const config = await readBeside?.('tokenizer_config.json')
  return { tokenizer, config, name: `tokenizer.json next to ${file ?? 'the weights'}` }
}

async function readGiven(given: TokenizerInput): Promise<TokenizerFiles> {
  if (typeof given !== 'string' && !(given instanceof Blob)) return { tokenizer: given, name: 'tokenizer' }
  const source = await openByteSource(given)
  return { tokenizer: await readJSON(source, undefined, largestTokenizer), name: source.name }
}
