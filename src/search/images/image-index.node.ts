/** A picture index stored in a folder: updates it, lists its contents and searches it. */
import { join, resolve } from 'node:path'
import { describeBytes } from '../../bytes/read/stream-bytes.node.ts'
import { withoutSecrets } from '../../bytes/http/address'
import { lockFolder } from '../../bytes/write/file-lock.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import {
  checkCall,
  checkCallback,
  checkChoice,
  checkFlag,
  checkObject,
  checkPath,
  checkStrings,
  checkText,
  checkWhole,
  wrongArgument,
} from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import { checkKeys } from '../../known-keys'
import { checkDecode, type DecodeMode } from '../../images/decode/decode-mode'
import type { ImageInput } from '../../images/raw-image'
import type { Progress } from '../../progress'
import { findDuplicates, type DuplicateGroup, type DuplicateOptions } from '../query/duplicates/find-duplicates'
import { findSimilar, type SimilarImage, type SimilarOptions } from '../query/find-similar'
import type { SearchQuery } from '../query/embed-query'
import type { ImageCollection } from '../query/image-collection'
import { searchImages, type SearchOptions, type SearchResult } from '../query/search-images'
import type { Abortable, VectorStore } from '../vector-store'
import { VectorIndex } from '../vectors/vector-index.node.ts'
import type { Destination } from '../../bulk/destination/destination'
import { isLanceStore, openLanceStore, type LanceStoreOptions } from '../lance/lance-store.node.ts'
import { lancePlace, type LancePlace } from '../lance/lance-place.node.ts'
import { openDestination } from '../../bulk/destination/open-destination.node.ts'
import { addEmbeddings, type AddedEmbeddings, type AddEmbeddingsOptions } from './add-embeddings.node.ts'
import { readDescription, vectorsFolder, type IndexDescription } from './kept/index-description.node.ts'
import { readNotes, type ImageProblem } from './kept/notes.node.ts'
import { createChanges, otherModel } from './changes.node.ts'
import { archiveMembers } from './listing/archive-members.node.ts'
import { archiveOf, idOf, isWithin } from './listing/inside.node.ts'
import { reindex } from './reindex.node.ts'
import { numberAt, textAt } from './row-fields'
import { indexStats, type IndexStats } from './stats.node.ts'
import {
  addImages,
  forget,
  toProblem,
  type AddImagesOptions,
  type IndexCounts,
  type MissingInput,
} from './update/add-images.node.ts'
import { readKnownRows } from './update/known-rows'
import { keepUpToDate, type WatchImagesOptions } from './watch/keep-up-to-date.node.ts'

export interface ImageIndexOptions {
  /** Embeds pictures and queries. It is not disposed with the index. */
  readonly model: DreamLIP
  /** The model's name in messages; default: the last two parts of its file's path. */
  readonly modelName?: string
  /** The store for the vectors; default: a `VectorIndex` in the folder. It is not closed with the index. */
  readonly store?: VectorStore
  /** For a `lance:…` location: the table, its credentials and the search settings. */
  readonly lance?: Pick<LanceStoreOptions, 'table' | 'storageOptions' | 'probes' | 'refine' | 'cacheBytes'>
  /**
   * Whether to re-embed all pictures before opening an index that was built with another model. Until this completes, other
   * programs may search the old index; an interrupted run resumes. Default false: such an index is refused.
   */
  readonly reindex?: boolean
  /** With `reindex`: what to do if indexed pictures no longer exist. */
  readonly missing?: MissingInput
  /** With `reindex`: how large photographs are decoded; default `fast`. */
  readonly decode?: DecodeMode
  /** The number of threads that search; default one per processor, at most 4. */
  readonly threads?: number
  /** Called during `reindex`; counts images. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** A picture of an index. */
export interface ImageRow {
  /** The absolute path, the URL, or an archive's path followed by `/` and the member's name. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** The file's modification time, in ms since 1970; NaN for archive members and URLs. */
  readonly modified: number
  /** The capture time in ms since 1970, with the camera's local time read as UTC; NaN if the file does not say. */
  readonly taken: number
  /** SHA-256 of the file; duplicates share it. */
  readonly hash: string
  /** In pixels; NaN if the file's header does not say. */
  readonly width: number
  readonly height: number
}

/** Pictures with their vectors, in a folder. While one program changes it, others may search it. */
export interface ImageIndex extends AsyncDisposable {
  /** The absolute path of its folder. */
  readonly folder: string
  /** The number of pictures when the index was last read. */
  readonly size: number
  readonly model: DreamLIP
  readonly store: VectorStore
  /**
   * Brings the index up to date with folders, files, patterns, tar archives and URLs. New and changed pictures are embedded. Moved,
   * renamed and duplicate ones reuse the vector of their contents. Pictures deleted from the inputs are removed. Unreadable
   * pictures are counted by reason and retried when their files change. A killed process loses only the last few seconds.
   * @param inputs a folder means all pictures in it and its subfolders, except hidden ones
   * @throws DreamLIPError `SOURCE_UNREADABLE` for an input that matches nothing; `IN_USE` if another program is changing the
   *   index; `INDEX_MISMATCH`, `WRITE_FAILED`; the signal's reason
   */
  add(inputs: string | readonly string[], options?: AddImagesOptions): Promise<IndexCounts>
  /**
   * Adds pictures embedded by `embedShards` or `dreamlip embed --shards`, without reading their files.
   * @param source its output: a folder, `s3://bucket/prefix`, or a destination
   * @throws DreamLIPError `INDEX_MISMATCH` for embeddings from another model; `SOURCE_UNREADABLE`, `NPY_INVALID`,
   *   `DATA_INVALID`, `IN_USE`, `WRITE_FAILED`; the signal's reason
   */
  addEmbeddings(source: string | Destination, options?: AddEmbeddingsOptions): Promise<AddedEmbeddings>
  /** Removes pictures by path, folder, archive or URL, even if the files no longer exist. @returns the number removed */
  remove(paths: string | readonly string[], options?: Abortable): Promise<number>
  /**
   * Runs `add` once, and again whenever something changes. Yields the counts of the first update, and of each later one that
   * changed something. Ends when the signal is aborted. Waits while another program changes the index.
   */
  watch(inputs: string | readonly string[], options?: WatchImagesOptions): AsyncGenerator<IndexCounts>
  /**
   * Finds pictures by a description or by a picture; see `searchImages`.
   * @example
   * const { hits, fits } = await index.search('A dog runs along a beach. The sun is setting.', { topK: 5 })
   */
  search(query: SearchQuery, options?: SearchOptions): Promise<SearchResult>
  /** Finds the pictures most similar to one in the index, or to any other picture; see `findSimilar`. */
  similar(image: ImageInput, options?: SimilarOptions): Promise<SimilarImage[]>
  /** Groups identical and nearly identical pictures; see `findDuplicates`. */
  duplicates(options?: DuplicateOptions): Promise<DuplicateGroup[]>
  /** All pictures, in the order in which they were added. */
  rows(options?: Abortable): AsyncGenerator<ImageRow>
  /** Pictures that could not be read. */
  problems(): Promise<ImageProblem[]>
  /** Counts and sizes. */
  stats(options?: Abortable): Promise<IndexStats>
  /**
   * The input that `encodeImage` and other methods accept for a picture in the index: its path or URL, or the bytes of an archive
   * member.
   * @throws DreamLIPError `SOURCE_UNREADABLE` if an archive no longer contains it
   */
  image(path: string, options?: Abortable): Promise<string | Uint8Array>
  /** Waits for running calls, then frees memory and closes files. */
  close(): Promise<void>
}

/** Opens indexes of pictures. */
export const ImageIndex = {
  /**
   * Opens the index in a folder, or creates a new one there.
   * @param folder the index's own folder, not the pictures'; or a LanceDB table: `lance:photos.lance`, `lance:s3://bucket/prefix`
   * @throws DreamLIPError `INDEX_MISMATCH` for an index built with another model, `INDEX_INVALID` for a damaged one or a folder
   *   with other contents
   *
   * @example
   * const index = await ImageIndex.open('photos.index', { model })
   * await index.add('photos')
   * const { hits } = await index.search('A dog runs along a beach. The sun is setting.')
   */
  async open(folder: string, options: ImageIndexOptions): Promise<ImageIndex> {
    checkOpening(folder, options)
    const { model, modelName = nameOf(model), store: own, signal, onProgress } = options
    const inLance = lancePlace(folder, options.lance?.table)
    const path = inLance?.folder ?? resolve(folder)
    const identity = { name: modelName, fingerprint: await model.fingerprint({ signal, onProgress }) }
    const next: IndexDescription = { model: identity, vectors: vectorsFolder(identity) }
    if (inLance) await makeFolder(path)
    const found = inLance ? undefined : await readDescription(path)
    const isOther = found !== undefined && found.model.fingerprint !== identity.fingerprint
    if (isOther && !options.reindex) throw otherModel(path, found.model, identity)
    if (isOther && own) throw wrongArgument('reindex', 'no store: open an index with another store instead', true)
    const store = own ?? (await (inLance ? openTable(inLance, next, options) : openStore(path, next, options)))
    try {
      if (isOther) await rebuild(path, found, store, next, options)
    } catch (error) {
      if (!own) await store.close()
      throw error
    }
    return createIndex({ folder: path, description: isOther ? next : (found ?? next), store, isOwn: !own, model })
  },
}

function checkOpening(folder: string, options: ImageIndexOptions): void {
  checkPath('folder', folder)
  const { model, modelName, reindex = false, missing, decode, store, lance } = checkCall(options)
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  if (modelName !== undefined) checkText('modelName', modelName)
  checkFlag('reindex', reindex)
  checkMissing(missing)
  checkDecode(decode)
  if (store !== undefined) checkObject('store', store)
  if (lance !== undefined) checkKeys('lance', checkObject('lance', lance), lanceKeys)
  if (lance?.table !== undefined) checkText('lance.table', lance.table)
  if (store && store.width !== model.config.embedDim)
    throw wrongArgument('store', `vectors of ${model.config.embedDim} numbers`, store.width)
}

const lanceKeys = { table: 0, storageOptions: 0, probes: 0, refine: 0, cacheBytes: 0 } as const

function checkMissing(missing: MissingInput = 'refuse'): void {
  checkChoice('missing', missing, ['refuse', 'remove'])
}

function openStore(
  folder: string,
  { model, vectors }: IndexDescription,
  { model: { config }, threads }: ImageIndexOptions,
): Promise<VectorStore> {
  const { fingerprint } = model
  return VectorIndex.open(join(folder, vectors), { width: config.embedDim, model: fingerprint, threads })
}

function openTable(
  { uri }: LancePlace,
  { model: { fingerprint } }: IndexDescription,
  { model, lance }: ImageIndexOptions,
): Promise<VectorStore> {
  return openLanceStore(uri, { ...lance, width: model.config.embedDim, model: fingerprint })
}

/** The last two parts of a model's path: all model files on the Hub have the same name. */
function nameOf({ source, config }: DreamLIP): string {
  if (source === undefined) return `a model of ${config.vision.layers} + ${config.text.layers} layers without a file`
  return withoutSecrets(source).split(/[/\\]/).slice(-2).join('/')
}

async function rebuild(
  folder: string,
  description: IndexDescription,
  store: VectorStore,
  next: IndexDescription,
  { model, missing, decode, onProgress, signal, threads }: ImageIndexOptions,
): Promise<void> {
  const release = await lockFolder(folder)
  const old = await VectorIndex.open(join(folder, description.vectors), { threads })
  try {
    const notesFolder = join(folder, next.vectors)
    const [rows, notes] = [await readKnownRows(store, signal), await readNotes(notesFolder)]
    await makeFolder(notesFolder)
    const updating = { folder: notesFolder, store, model, rows, notes }
    await reindex(folder, { description, store: old }, updating, next, { missing, decode, onProgress, signal })
  } finally {
    await old.close()
    await release()
  }
}

interface Opened {
  readonly folder: string
  readonly description: IndexDescription
  readonly store: VectorStore
  readonly isOwn: boolean
  readonly model: DreamLIP
}

function createIndex({ folder, description, store, isOwn, model }: Opened): ImageIndex {
  const notesFolder = join(folder, description.vectors)
  const change = createChanges({ folder, description, store, model })
  const update = (inputs: readonly string[], options: AddImagesOptions) =>
    change((updating) => addImages(updating, inputs, [folder], options), options.signal)
  const collection: ImageCollection = { store, model, readImage: (id) => readImage(id).catch(() => id) }
  const close = async () => {
    await change.idle()
    if (isOwn) await store.close()
  }
  return {
    folder,
    model,
    store,
    get size() {
      return store.size
    },
    async add(inputs, options = {}) {
      return (await update(checkInputs(inputs), checkAdding(options))).counts
    },
    async addEmbeddings(source, options = {}) {
      const { signal } = checkCall(options)
      if (isLanceStore(store)) return { ...(await store.addEmbeddings(source, options)), replaced: 0 }
      const opened = await openDestination(source)
      const { fingerprint } = description.model
      return change((updating) => addEmbeddings(updating.store, opened, fingerprint, options), signal)
    },
    async remove(paths, options = {}) {
      const chosen = checkInputs(paths).map((path) => idOf(path))
      return change((updating) => {
        const all = [...updating.rows.byId.keys(), ...updating.notes.problems.keys()]
        const ids = all.filter((id) => chosen.some((path) => isWithin(path, id)))
        return forget(updating, [...new Set(ids)])
      }, checkCall(options).signal)
    },
    watch: (inputs, options = {}) => keepUpToDate(update, checkInputs(inputs), checkWatching(options)),
    search: (query, options) => searchImages(collection, query, options),
    similar: (image, options) => findSimilar(collection, image, options),
    duplicates: (options) => findDuplicates(collection, options),
    rows: (options = {}) => rowsOf(store, checkCall(options).signal),
    async problems() {
      return [...(await readNotes(notesFolder)).problems.values()].map(toProblem)
    },
    async stats(options = {}) {
      const { signal } = checkCall(options)
      return indexStats(folder, description.model, store, await readNotes(notesFolder), signal)
    },
    async image(path, options = {}) {
      return readImage(checkText('path', path), checkCall(options).signal)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function checkInputs(inputs: string | readonly string[]): readonly string[] {
  const all = typeof inputs === 'string' ? [inputs] : inputs
  checkStrings('inputs', all, 'a path, folder or pattern, or an array of them')
  all.forEach((input) => checkPath('inputs', input))
  return all
}

function checkAdding<T extends AddImagesOptions>(options: T): T {
  const { missing, batchSize, decode, headers, commitEvery } = checkCall(options)
  checkDecode(decode)
  checkMissing(missing)
  if (batchSize !== undefined) checkWhole('batchSize', batchSize, 1)
  if (commitEvery !== undefined) checkWhole('commitEvery', commitEvery, 0)
  if (headers !== undefined) checkObject('headers', headers)
  return options
}

function checkWatching(options: WatchImagesOptions): WatchImagesOptions {
  const { debounce, interval, onWarning } = checkAdding(options)
  if (debounce !== undefined) checkWhole('debounce', debounce, 0)
  if (interval !== undefined) checkWhole('interval', interval, 1, 2 ** 31 - 1)
  checkCallback('onWarning', onWarning)
  return options
}

async function* rowsOf(store: VectorStore, signal?: AbortSignal): AsyncGenerator<ImageRow> {
  for await (const { ids, fields } of store.rows({ signal })) {
    for (const [i, path] of ids.entries()) {
      yield {
        path,
        size: numberAt(fields, 'size', i),
        modified: numberAt(fields, 'modified', i),
        taken: numberAt(fields, 'taken', i),
        hash: textAt(fields, 'hash', i),
        width: numberAt(fields, 'width', i),
        height: numberAt(fields, 'height', i),
      }
    }
  }
}

async function readImage(path: string, signal?: AbortSignal): Promise<string | Uint8Array> {
  const archive = await archiveOf(path)
  if (archive === undefined) return path
  const described = await describeBytes(archive, { signal })
  for await (const { data } of archiveMembers(archive, described, { signal, wants: (id) => id === path })) {
    if (typeof data !== 'string') return data
  }
  throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: the archive does not have this picture. Index it again.`)
}
