/** Vectors with ids and fields in a folder, with exact search. */
import { join } from 'node:path'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { checkFlag, checkObject, checkPath, checkText, checkWhole, wrongArgument } from '../../check-arguments'
import { limit } from '../../concurrency/limit'
import { checkKeys } from '../../known-keys'
import type { VectorStore } from '../vector-store'
import { toUnitLength } from './kernel/quantized'
import { checkSame } from './reading/check-same'
import { checkOptions, checkVectors, createReader } from './reading/index-reader'
import { createView } from './reading/index-view.node.ts'
import { createThreadedSearch } from './scan/threaded-search.node.ts'
import { checkFields, checkIds, type FieldTypes } from './segments/field-types'
import { manifestName, type SegmentEntry } from './segments/manifest'
import type { OpenSegment } from './segments/open-segment'
import { tidied, withoutIds, writeSegments, type Editing } from './writing/edit-segments.node.ts'
import { changeFolder, readSnapshot, type Snapshot } from './writing/index-folder.node.ts'

export interface VectorIndexOptions {
  /** The length of a vector. A new index needs it; an existing one must have the same. */
  readonly width?: number
  /** Identifies the source of the vectors, such as a model's fingerprint. An index from another source is refused. */
  readonly model?: string
  /** The number of threads that search; default one per processor, at most 4. */
  readonly threads?: number
  /** Whether to wait while another program changes the index. Default true; otherwise `add` and `remove` throw `IN_USE`. */
  readonly wait?: boolean
}

/**
 * Vectors with ids and fields, in a folder. While one program changes it, others may search it. If a change fails or is aborted, or
 * its program is killed, the index stays as it was.
 *
 * `add` and `remove` throw DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`, `IN_USE`, `INDEX_INVALID`, `INDEX_MISMATCH` or the
 * signal's reason. A search compares all vectors as int8, then the best of them as int16.
 */
export interface VectorIndex extends VectorStore {
  /** The source of the vectors, if the index names it. */
  readonly model: string | undefined
}

/** Opens indexes. A million vectors of 512 numbers take 0.6 GB of memory and 1.6 GB on disk. */
export const VectorIndex = {
  /**
   * Opens the index in a folder, or creates a new one there.
   * @throws DreamLIPError `INDEX_INVALID` for a damaged index, `INDEX_MISMATCH` for one with another width or model
   *
   * @example
   * const index = await VectorIndex.open('photos.index', { width: 512 })
   * await index.add(paths, (await model.encodeImage(paths)).data)
   * const { ids, scores } = await index.search((await model.encodeText('a red bus')).data, 10)
   */
  async open(folder: string, options: VectorIndexOptions = {}): Promise<VectorIndex> {
    const { width, model, threads, wait = true } = checkKeys('', checkObject('options', options), knownOptions)
    checkPath('folder', folder)
    if (width !== undefined) checkWhole('width', width, 1, 65_536)
    if (model !== undefined) checkText('model', model)
    if (threads !== undefined) checkWhole('threads', threads, 1, 64)
    checkFlag('wait', wait)
    const found = await readSnapshot(folder)
    if (found) checkSame(join(folder, manifestName), found.manifest, { width, model })
    const known = found?.manifest.width ?? width
    if (known === undefined) throw wrongArgument('width', `a number, because ${folder} contains no index`, width)
    return openIndex({ folder, width: known, model, threads, wait }, found)
  },
}

const knownOptions = { width: 0, model: 0, threads: 0, wait: 0 } as const

interface Opening extends VectorIndexOptions {
  readonly folder: string
  readonly width: number
  readonly wait: boolean
}

/** @returns the new list of segments, and the fields that it adds to the old one; `undefined` for no change */
type Change = (
  editing: Editing,
  segments: readonly OpenSegment[],
) => Promise<{ readonly segments: readonly SegmentEntry[]; readonly fields?: FieldTypes } | undefined>

function openIndex({ folder, width, model, threads, wait }: Opening, first: Snapshot | undefined): VectorIndex {
  const view = createView(folder, width, createThreadedSearch(threads), first)
  const path = join(folder, manifestName)

  const edit = limit(1, async (signal: AbortSignal | undefined, change: Change) => {
    await makeFolder(folder)
    await changeFolder(folder, { signal, wait }, (before) => {
      if (before) checkSame(path, before.manifest, { width, model })
      const { model: named, fields: fieldTypes = {} } = before?.manifest ?? {}
      // No one else can change the folder now, so these are the segments of `before`.
      return view.use(async (open) => {
        const editing = { folder, width, fieldTypes, signal }
        const changed = await change(editing, open)
        if (!changed) return undefined
        const { segments, fields } = changed
        const all = { ...fieldTypes, ...fields }
        return {
          width,
          model: model ?? named,
          fields: all,
          segments: await tidied({ ...editing, fieldTypes: all }, segments),
        }
      })
    })
    await view.use(async () => undefined)
  })
  return {
    width,
    ...createReader(view),
    get size() {
      return (view.manifest?.segments ?? []).reduce((sum, { rows, removed }) => sum + rows - removed.length, 0)
    },
    get model() {
      return view.manifest?.model ?? model
    },
    async add(ids, vectors, options = {}) {
      const { signal, fields = {} } = checkOptions(options, { fields: 0 })
      checkIds(ids)
      checkVectors('vectors', vectors, [ids.length, width])
      checkFields(fields, ids.length)
      const unit = toUnitLength(vectors, width, (row) => `vectors, row ${row} ('${ids[row]!.slice(0, 100)}')`)
      let replaced = 0
      if (ids.length === 0) return { added: 0, replaced }
      await edit(signal, async (editing, before) => {
        const types = checkFields(fields, ids.length, editing.fieldTypes)
        const others = await withoutIds(before, ids, signal)
        replaced = others.removed
        const added = await writeSegments(editing, { ids, vectors: unit, fields })
        return { segments: [...others.segments, ...added], fields: types }
      })
      return { added: ids.length, replaced }
    },
    async remove(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkIds(ids)
      let removed = 0
      await edit(signal, async (_, before) => {
        const others = await withoutIds(before, ids, signal)
        removed = others.removed
        return removed === 0 ? undefined : others
      })
      return removed
    },
    close: () => view.close(),
    [Symbol.asyncDispose]: () => view.close(),
  }
}
