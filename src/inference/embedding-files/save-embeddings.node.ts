/** Writes embeddings to files. */
import { rm } from 'node:fs/promises'
import { withLock } from '../../bytes/write/file-lock.node.ts'
import { writeFilesTogether } from '../../bytes/write/write-file.node.ts'
import { checkCall, checkObject, checkPath, checkStringsByName, wrongArgument } from '../../check-arguments'
import { npyChunks } from '../../checkpoint/npy/npy-writer'
import { saveSafetensors } from '../../checkpoint/safetensors/save-safetensors.node.ts'
import { checkRows } from '../embeddings/embeddings'
import { checkNames, embeddingKinds, entriesOf, namesFileOf, type NamedEmbeddings } from './named-embeddings'

/** Embeddings of images and of texts, for one file. */
export interface EmbeddingsByKind {
  readonly images?: NamedEmbeddings
  readonly texts?: NamedEmbeddings
}

export interface SaveEmbeddingsOptions {
  /** Entries for the metadata of a safetensors file. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Embeddings of one kind, checked. */
interface Part {
  readonly kind: keyof typeof entriesOf
  readonly embeddings: NamedEmbeddings
}

/**
 * Writes embeddings, and the names of their rows, to a `.npy` file or a safetensors file. `readEmbeddings` reads both.
 *
 * A safetensors file contains the tensor `embeddings`, or `image_embeddings` and `text_embeddings`, with the names in its metadata. A
 * `.npy` file has its names in `NAME.rows.json` next to it; images and texts together become two files, `NAME.images.npy` and
 * `NAME.texts.npy`. An array and its names are written together or not at all.
 * @param path ends in `.npy` or `.safetensors`
 * @param embeddings a model's result, optionally with `names`; or `{ images, texts }`
 * @returns the paths of the files with embeddings
 * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`
 *
 * @example
 * await saveEmbeddings('photos.npy', { ...(await model.encodeImage(paths)), names: paths })
 */
export async function saveEmbeddings(
  path: string,
  embeddings: NamedEmbeddings | EmbeddingsByKind,
  options: SaveEmbeddingsOptions = {},
): Promise<string[]> {
  const { metadata = {}, signal } = checkCall(options)
  checkStringsByName('metadata', metadata)
  const ending = /\.(npy|safetensors)$/i.exec(checkPath('path', path))?.[1]?.toLowerCase()
  if (!ending) throw wrongArgument('path', 'a name that ends in .npy or .safetensors', path)
  const parts = partsOf(embeddings)
  if (ending === 'npy') return Promise.all(parts.map((part) => saveArray(path, part, parts.length > 1, signal)))
  await saveTensors(path, parts, metadata, signal)
  return [path]
}

function partsOf(embeddings: NamedEmbeddings | EmbeddingsByKind): Part[] {
  checkObject('embeddings', embeddings, 'embeddings { data, shape }, or { images, texts }')
  const parts: Part[] =
    'images' in embeddings || 'texts' in embeddings
      ? embeddingKinds.flatMap((kind) => (embeddings[kind] ? [{ kind, embeddings: embeddings[kind] }] : []))
      : [{ kind: 'rows', embeddings: embeddings as NamedEmbeddings }]
  for (const { kind, embeddings } of parts) {
    const name = kind === 'rows' ? 'embeddings' : kind
    checkRows(name, embeddings)
    if (embeddings.names !== undefined) checkNames(`${name}.names`, embeddings.names, embeddings)
  }
  if (parts.length === 0) throw wrongArgument('embeddings', 'embeddings of images or of texts', embeddings)
  return parts
}

async function saveTensors(
  path: string,
  parts: readonly Part[],
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tensors = parts.map(({ kind, embeddings: { data, shape } }) => {
    return [entriesOf[kind].tensor, { data, shape, dtype: 'float32' as const }] as const
  })
  const names = parts.flatMap(({ kind, embeddings: { names } }) => {
    return names ? [[entriesOf[kind].names, JSON.stringify(names)] as const] : []
  })
  await saveSafetensors(path, new Map(tensors), { ...metadata, ...Object.fromEntries(names) }, { signal })
}

async function saveArray(
  path: string,
  { kind, embeddings }: Part,
  oneOfTwo: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const file = oneOfTwo ? path.replace(/\.npy$/i, `.${kind}.npy`) : path
  const { names } = embeddings
  const encoded = names && new TextEncoder().encode(`${JSON.stringify(names, null, 1)}\n`)
  const files = [
    { path: file, chunks: npyChunks(embeddings) },
    ...(encoded ? [{ path: namesFileOf(file), chunks: [encoded] }] : []),
  ]
  // Two calls that write to the same place take turns.
  await withLock(`${file}.lock`, signal, async () => {
    if (!names) await rm(namesFileOf(file), { force: true }) // the names of the previous array
    await writeFilesTogether(files, signal)
  })
  return file
}
