/** Writes embeddings and the names of their rows to files. */
import { withLock } from '../bytes/write/file-lock.node.ts'
import { writeFilesTogether } from '../bytes/write/write-file.node.ts'
import { npyChunks, saveSafetensors, type Embeddings } from '../index.node.ts'
import { refuseUsage } from './verb'

/** Embeddings of one kind, and the image or text of each row. */
export interface NamedVectors {
  readonly kind: 'images' | 'texts'
  readonly names: readonly string[]
  readonly embeddings: Embeddings
}

const tensorNames = { images: 'image_embeddings', texts: 'text_embeddings' } as const

/** Refuses a path whose ending is not that of a supported format. */
export function checkVectorPath(path: string): void {
  if (!/\.(npy|safetensors)$/i.test(path))
    refuseUsage(`--out: expected a name ending in .npy or .safetensors; got '${path}'.`)
}

/**
 * Writes a safetensors file with the tensors `image_embeddings` and `text_embeddings`, the names of whose rows are in its
 * metadata under `images` and `texts`; or a `.npy` file for each kind (`all.images.npy` and `all.texts.npy` where there are both),
 * the names of whose rows are in a `.rows.json` beside it. The two are one unit: an array never lies beside the names of another.
 * @param metadata more entries for safetensors' metadata
 * @returns the file of each kind, in the order given
 */
export async function writeVectors(
  path: string,
  vectors: readonly NamedVectors[],
  metadata: Record<string, string>,
): Promise<string[]> {
  if (/\.npy$/i.test(path)) return Promise.all(vectors.map((each) => writeArray(path, each, vectors.length > 1)))
  const tensors = vectors.map(
    ({ kind, embeddings }) => [tensorNames[kind], { ...embeddings, dtype: 'float32' as const }] as const,
  )
  const names = vectors.map(({ kind, names }) => [kind, JSON.stringify(names)] as const)
  await saveSafetensors(path, new Map(tensors), { ...metadata, ...Object.fromEntries(names) })
  return vectors.map(() => path)
}

async function writeArray(path: string, { kind, names, embeddings }: NamedVectors, oneOfTwo: boolean): Promise<string> {
  const stem = `${path.slice(0, -'.npy'.length)}${oneOfTwo ? `.${kind}` : ''}`
  const rows = new TextEncoder().encode(`${JSON.stringify(names, null, 1)}\n`)
  const files = [
    { path: `${stem}.npy`, chunks: npyChunks(embeddings) },
    { path: `${stem}.rows.json`, chunks: [rows] },
  ]
  // Two commands that write to the same place take turns.
  await withLock(`${stem}.npy.lock`, undefined, () => writeFilesTogether(files))
  return `${stem}.npy`
}
