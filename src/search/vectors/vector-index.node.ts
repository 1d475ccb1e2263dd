/** Vectors with ids in a folder, which are searched exactly. */
import { join } from 'node:path'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import {
  checkCall,
  checkObject,
  checkPath,
  checkStrings,
  checkText,
  checkWhole,
  wrongArgument,
} from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { keptRows, tidied, withoutIds, writeSegments, type Editing } from './edit-segments.node.ts'
import { createView, type OpenSegment } from './index-view.node.ts'
import type { Manifest, SegmentEntry } from './manifest'
import { quantizeQuery, toUnitLength } from './quantized'
import { rankAgain } from './rank-again'
import { readAllIds } from './segment-file'
import { changeFolder, readSnapshot, type Snapshot } from './store.node.ts'
import { createThreadedSearch } from './threaded-search.node.ts'

export interface VectorIndexOptions {
  /** The length of a vector. A new index needs it; an existing one must have the same. */
  readonly width?: number
  /** What makes the vectors, such as the name of a model. An index of something else is refused. */
  readonly model?: string
  /** The number of threads that search; default one per processor, at most 4. */
  readonly threads?: number
}

/** What `search` returns, the best first. */
export interface VectorHits {
  readonly ids: string[]
  /** Cosines with the query, in [-1, 1]. */
  readonly scores: Float32Array
}

/** What `add` has done. */
export interface AddedVectors {
  readonly added: number
  /** How many of the ids were in the index before. */
  readonly replaced: number
}

interface Abortable {
  readonly signal?: AbortSignal
}

/** Vectors with ids, in a folder. While one program changes it, others may search it. */
export interface VectorIndex extends AsyncDisposable {
  readonly width: number
  /** The number of vectors, when the folder was last read. */
  readonly size: number
  /**
   * Adds vectors; an id that the index has already gets the new vector. If something fails, the index stays as it was. If another
   * program is changing the index, this call waits.
   * @param ids one per vector, all different
   * @param vectors `[ids.length, width]`; they are stored at unit length
   * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`, `INDEX_INVALID`, `INDEX_MISMATCH`; the signal's reason
   */
  add(ids: readonly string[], vectors: Float32Array, options?: Abortable): Promise<AddedVectors>
  /** Removes the vectors with these ids. @returns how many there were */
  remove(ids: readonly string[], options?: Abortable): Promise<number>
  /**
   * Finds the vectors with the largest cosines. All are compared, as int8; the best of them are compared again, as float16.
   * @param vector `[width]`, of any length but 0
   * @param k how many to find; a smaller index gives fewer
   */
  search(vector: Float32Array, k: number, options?: Abortable): Promise<VectorHits>
  /** The ids of all vectors, in the order in which they were added. */
  ids(): Promise<string[]>
  /** Waits for calls that run, and frees memory and files. */
  close(): Promise<void>
}

/** Opens indexes. A million vectors of 512 numbers take 0.6 GB of memory and 1.6 GB on the disk. */
export const VectorIndex = {
  /**
   * Opens the index in a folder, or begins a new one there.
   * @throws DreamLIPError `INDEX_INVALID` for a damaged index, `INDEX_MISMATCH` for one with another width or model
   *
   * @example
   * const index = await VectorIndex.open('photos.index', { width: 512 })
   * await index.add(paths, (await model.encodeImage(paths)).data)
   * const { ids, scores } = await index.search((await model.encodeText('a red bus')).data, 10)
   */
  async open(folder: string, options: VectorIndexOptions = {}): Promise<VectorIndex> {
    const { width, model, threads } = checkObject('options', options)
    checkPath('folder', folder)
    if (width !== undefined) checkWhole('width', width, 1, 65_536)
    if (model !== undefined) checkText('model', model)
    if (threads !== undefined) checkWhole('threads', threads, 1, 64)
    const found = await readSnapshot(folder)
    if (found) checkSame(folder, found.manifest, { width, model })
    const known = found?.manifest.width ?? width
    if (known === undefined) throw wrongArgument('width', `a number, because ${folder} contains no index`, width)
    return openIndex({ folder, width: known, model, threads }, found)
  },
}

interface Opening extends VectorIndexOptions {
  readonly folder: string
  readonly width: number
}

function openIndex({ folder, width, model, threads }: Opening, first: Snapshot | undefined): VectorIndex {
  const rowSearch = createThreadedSearch(threads)
  const view = createView(folder, width, rowSearch, first)

  const edit = async (
    signal: AbortSignal | undefined,
    change: (editing: Editing, segments: readonly SegmentEntry[]) => Promise<readonly SegmentEntry[]>,
  ) => {
    await makeFolder(folder)
    const editing = { folder, width, signal }
    await changeFolder(folder, signal, async (before) => {
      if (before) checkSame(folder, before.manifest, { width, model })
      const segments = await tidied(editing, await change(editing, before?.manifest.segments ?? []))
      return { width, model: model ?? before?.manifest.model, segments }
    })
    await view.use(async () => undefined)
  }
  return {
    width,
    get size() {
      return view.entries.reduce((sum, { rows, removed }) => sum + rows - removed.length, 0)
    },
    async add(ids, vectors, options = {}) {
      const { signal } = checkCall(options)
      checkIds(ids)
      checkVectors('vectors', vectors, [ids.length, width])
      const unit = toUnitLength(vectors, width, (row) => `vectors, row ${row} ('${ids[row]!.slice(0, 100)}')`)
      let replaced = 0
      if (ids.length === 0) return { added: 0, replaced }
      await edit(signal, async (editing, before) => {
        const others = await withoutIds(editing, before, new Set(ids))
        replaced = others.removed
        return [...others.segments, ...(await writeSegments(editing, ids, unit))]
      })
      return { added: ids.length, replaced }
    },
    async remove(ids, options = {}) {
      const { signal } = checkCall(options)
      checkIds(ids)
      let removed = 0
      await edit(signal, async (editing, before) => {
        const others = await withoutIds(editing, before, new Set(ids))
        removed = others.removed
        return others.segments
      })
      return removed
    },
    async search(vector, k, options = {}) {
      const { signal } = checkCall(options)
      checkVectors('vector', vector, [width])
      checkWhole('k', k, 1)
      const query = toUnitLength(vector, width, () => 'vector')
      return view.use(async (segments) => {
        const files = new Map(segments.map(({ entry, file }) => [join(folder, entry.file), file]))
        const found = await rowSearch.search(quantizeQuery(query), candidatesFor(k))
        const candidates = found.map(({ path, row }) => ({ file: files.get(path)!, row }))
        return rankAgain(candidates, query, k, signal)
      })
    },
    ids: () => view.use(idsOf),
    close: () => view.close(),
    [Symbol.asyncDispose]: () => view.close(),
  }
}

/** Enough candidates that rounding to int8 loses none of the best. */
const candidatesFor = (k: number) => 4 * k + 100

async function idsOf(segments: readonly OpenSegment[]): Promise<string[]> {
  const ids: string[] = []
  for (const { entry, file } of segments) {
    const all = await readAllIds(file)
    for (const row of keptRows(entry)) ids.push(all[row]!)
  }
  return ids
}

function checkIds(ids: readonly string[]): void {
  checkStrings('ids', ids)
  if (new Set(ids).size === ids.length) return
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  throw wrongArgument('ids', 'strings that are all different', twice)
}

function checkVectors(name: string, vectors: Float32Array, shape: readonly number[]): void {
  const length = shape.reduce((product, size) => product * size, 1)
  if (vectors instanceof Float32Array && vectors.length === length) return
  throw wrongArgument(name, `a Float32Array of ${shape.join(' × ')} numbers`, vectors)
}

/** @throws DreamLIPError `INDEX_MISMATCH` */
function checkSame(
  folder: string,
  found: Manifest,
  { width, model }: Pick<VectorIndexOptions, 'width' | 'model'>,
): void {
  const differs = (what: string, expected: unknown, came: unknown) =>
    new DreamLIPError(
      'INDEX_MISMATCH',
      `${join(folder, 'index.json')}: expected vectors with ${what} ${String(expected)}; the index has ${String(came)}. ` +
        'Vectors of different models cannot be compared: open another folder, or build the index again.',
    )
  if (width !== undefined && width !== found.width) throw differs('the width', width, found.width)
  if (model !== undefined && found.model !== undefined && model !== found.model) {
    throw differs('the model', `'${model}'`, `'${found.model}'`)
  }
}
