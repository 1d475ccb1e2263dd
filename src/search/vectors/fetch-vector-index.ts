/** An index read from a server into memory. */
import { bufferSource } from '../../bytes/byte-source'
import { openByteSource } from '../../bytes/read/open-source'
import { checkCall, checkText, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { checkKeys } from '../../known-keys'
import type { Progress } from '../../progress'
import type { VectorReader } from '../vector-store'
import { checkSame } from './reading/check-same'
import { createReader } from './reading/index-reader'
import { loadSegment } from './scan/loaded-segment'
import { createRowSearch } from './scan/row-search'
import { manifestName, parseManifest, type Manifest } from './segments/manifest'
import type { OpenSegment } from './segments/open-segment'
import { readSegment } from './segments/segment-file'

export interface FetchIndexOptions {
  /** Identifies the source of query vectors, such as a model's fingerprint. An index from another source is refused. */
  readonly model?: string
  readonly signal?: AbortSignal
  /** Counts the bytes of vectors received. */
  readonly onProgress?: (progress: Progress) => void
}

/**
 * Reads a whole index into memory to search it, in browsers and Node. A vector of 512 numbers takes 1.6 kB to download and 2.1 kB
 * of memory. Any file server can host the index.
 * @param address the folder that `VectorIndex` wrote
 * @throws DreamLIPError `HTTP_…`, `INDEX_INVALID` for a damaged index, `INDEX_MISMATCH` for one built with another model; the
 *   signal's reason
 *
 * @example
 * const store = await fetchVectorIndex('https://example.org/photos.index')
 * const { ids, scores } = await store.search((await model.encodeText('a red bus')).data, 10)
 */
export async function fetchVectorIndex(address: string | URL, options: FetchIndexOptions = {}): Promise<VectorReader> {
  const { model, signal, onProgress } = checkKeys('', checkCall(options), { model: 0, signal: 0, onProgress: 0 })
  if (!(address instanceof URL)) checkText('address', address, 'the address of a folder')
  if (model !== undefined) checkText('model', model)
  const fileAt = (name: string) => inFolder(String(address), name)
  const manifest = await readManifest(fileAt(manifestName), signal)
  checkSame(fileAt(manifestName), manifest, { model })
  const { width, fields: fieldTypes } = manifest
  const segments: OpenSegment[] = []
  const sources = await Promise.all(manifest.segments.map(({ file }) => openByteSource(fileAt(file), { signal })))
  const total = sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
  let done = 0
  for (const [i, entry] of manifest.segments.entries()) {
    const { name, byteLength } = sources[i]!
    const bytes = new Uint8Array(byteLength)
    for (let at = 0; at < byteLength; at += pieceBytes) {
      const piece = await sources[i]!.read(at, Math.min(pieceBytes, byteLength - at), signal)
      bytes.set(piece, at)
      onProgress?.({ stage: 'download', done: (done += piece.length), total })
    }
    await sources[i]!.close()
    const file = await readSegment(bufferSource(bytes, name), { rows: entry.rows, width, fieldTypes })
    segments.push({ entry, file })
  }
  return openInMemory(manifest, segments)
}

/** Bytes per read. */
const pieceBytes = 1 << 24

/** The maximum size of the list of segments, which includes the removed rows of many segments. */
const longestManifest = 2 ** 28

async function readManifest(address: string, signal?: AbortSignal): Promise<Manifest> {
  const source = await openByteSource(address, { signal })
  try {
    if (source.byteLength > longestManifest)
      throw wrongArgument('address', 'a list of at most 256 MiB', source.byteLength)
    return parseManifest(source.name, new TextDecoder().decode(await source.read(0, source.byteLength, signal)))
  } finally {
    await source.close()
  }
}

/** The URL of a file in a folder. A query string, such as a signature, stays at the end. */
function inFolder(address: string, name: string): string {
  const [, path, query] = /^([^?#]*)(.*)$/s.exec(address)!
  return `${path!.replace(/\/?$/, '/')}${name}${query!}`
}

async function openInMemory(manifest: Manifest, segments: readonly OpenSegment[]): Promise<VectorReader> {
  const { width, fields: fieldTypes } = manifest
  const files = new Map(segments.map(({ entry, file }) => [entry.file, file]))
  const rowSearch = createRowSearch(({ path }) => loadSegment(files.get(path)!))
  await rowSearch.load(manifest.segments.map(({ file, rows, removed }) => ({ path: file, rows, width, removed })))
  let closed = false
  const present = () => {
    if (closed) throw new DreamLIPError('DISPOSED', 'the index was closed. Fetch it again.')
    return segments
  }
  const close = async () => {
    closed = true
    files.clear()
    await rowSearch.close()
  }
  return {
    width,
    size: manifest.segments.reduce((sum, { rows, removed }) => sum + rows - removed.length, 0),
    ...createReader({
      width,
      fieldTypes,
      pathOf: (file) => file,
      use: async (work) => work(present()),
      useRows: async (work) => work(present(), rowSearch),
      borrow: async () => ({ segments: present(), release: async () => undefined }),
    }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
