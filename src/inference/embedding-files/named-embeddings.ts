/** Embeddings with the names of their rows, as they are stored in files. */
import { wrongArgument } from '../../check-arguments'
import type { Embeddings, EmbeddingsLike } from '../embeddings/embeddings'

/** Embeddings, and the image or text of each row. */
export interface NamedEmbeddings extends Embeddings {
  /** One name per row: a path, a URL, a text. Missing if the file contains none. */
  readonly names?: readonly string[]
}

/** The kinds of embeddings that one file can contain together. */
export type EmbeddingKind = 'images' | 'texts'

export const embeddingKinds: readonly EmbeddingKind[] = ['images', 'texts']

/** The tensor of embeddings in a safetensors file, and the metadata entry with the names of its rows. */
export const entriesOf: Readonly<Record<EmbeddingKind | 'rows', { readonly tensor: string; readonly names: string }>> =
  {
    images: { tensor: 'image_embeddings', names: 'images' },
    texts: { tensor: 'text_embeddings', names: 'texts' },
    rows: { tensor: 'embeddings', names: 'names' },
  }

/** The file of names next to a `.npy` file. */
export function namesFileOf(file: string): string {
  return `${file.replace(/\.npy$/i, '')}.rows.json`
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless there is one string per row */
export function checkNames(name: string, value: unknown, { shape: [rows] }: EmbeddingsLike): readonly string[] {
  if (isNames(value, rows)) return value
  throw wrongArgument(name, `${rows} strings, one per row`, value)
}

export function isNames(value: unknown, rows: number): value is readonly string[] {
  return Array.isArray(value) && value.length === rows && value.every((text) => typeof text === 'string')
}
