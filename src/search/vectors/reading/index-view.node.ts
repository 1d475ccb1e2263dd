/** A reader's view of an index folder: the currently listed segments, opened and, for a search, loaded. */
import { join } from 'node:path'
import { limit } from '../../../concurrency/limit'
import { DreamLIPError } from '../../../errors'
import type { RowSearch } from '../scan/row-search'
import type { Manifest } from '../segments/manifest'
import { openSegment, type OpenSegment } from '../segments/open-segment'
import type { SegmentFile } from '../segments/segment-file'
import { manifestVersion, readSnapshot, type Snapshot } from '../writing/index-folder.node.ts'
import type { IndexAccess } from './index-reader'

export interface IndexView extends IndexAccess {
  /** The list of segments when it was last read. */
  readonly manifest: Manifest | undefined
  /** Waits for running calls of `use` and `useRows`. */
  close(): Promise<void>
}

/** The maximum number of tries: a writer may merge files between reading the list and opening its files. */
const mostTries = 5

/** @param first the list of segments when the index was opened */
export function createView(
  folder: string,
  width: number,
  rowSearch: RowSearch,
  first: Snapshot | undefined,
): IndexView {
  let snapshot = first
  let opened: string | undefined
  let loaded: string | undefined
  let files = new Map<string, SegmentFile>()
  let retired: SegmentFile[] = []
  let borrowers = 0
  let closed = false
  const running = new Set<Promise<unknown>>()

  const closeRetired = async () => {
    if (borrowers > 0) return
    const closing = retired
    retired = []
    await Promise.all(closing.map(({ source }) => source.close()))
  }
  const openFiles = async () => {
    if (opened !== undefined && (await manifestVersion(folder)) === opened) return
    const next = await openListed(folder, width, files)
    retired.push(...[...files].filter(([name]) => !next.files.has(name)).map(([, file]) => file))
    files = next.files
    snapshot = next.snapshot
    opened = next.snapshot?.version
  }
  const loadRows = async () => {
    if (loaded !== undefined && loaded === opened) return
    const segments = snapshot?.manifest.segments ?? []
    await rowSearch.load(
      segments.map(({ file, rows, removed }) => ({ path: join(folder, file), rows, width, removed })),
    )
    loaded = opened
  }
  const refresh = limit(1, async (withRows: boolean) => {
    for (let tries = 1; ; tries++) {
      await openFiles()
      try {
        return withRows ? await loadRows() : undefined
      } catch (error) {
        // Threads open the files by name; a writer may have removed them since.
        if (tries === mostTries || (await manifestVersion(folder)) === opened) throw error
      }
    }
  })
  const borrow = async (withRows = false) => {
    if (closed) throw new DreamLIPError('DISPOSED', `${folder}: the index was closed. Open it again.`)
    borrowers++
    const release = async () => {
      borrowers--
      await closeRetired()
    }
    try {
      await refresh(withRows)
      const segments = (snapshot?.manifest.segments ?? []).map((entry) => ({ entry, file: files.get(entry.file)! }))
      return { segments, release }
    } catch (error) {
      await release()
      throw error
    }
  }
  const run = async <T>(withRows: boolean, work: (segments: readonly OpenSegment[]) => Promise<T>): Promise<T> => {
    const { segments, release } = await borrow(withRows)
    const result = work(segments).finally(release)
    running.add(result)
    return result.finally(() => running.delete(result))
  }
  return {
    width,
    get manifest() {
      return snapshot?.manifest
    },
    get fieldTypes() {
      return snapshot?.manifest.fields ?? {}
    },
    pathOf: (file) => join(folder, file),
    use: (work) => run(false, work),
    useRows: (work) => run(true, (segments) => work(segments, rowSearch)),
    borrow: () => borrow(),
    async close() {
      closed = true
      await Promise.allSettled(running)
      retired.push(...files.values())
      files = new Map()
      await rowSearch.close()
      await closeRetired()
    },
  }
}

/** Opens the listed files, and keeps those that are already open. */
async function openListed(folder: string, width: number, opened: ReadonlyMap<string, SegmentFile>) {
  for (let tries = 1; ; tries++) {
    const snapshot = await readSnapshot(folder)
    const files = new Map<string, SegmentFile>()
    const { segments, fields: fieldTypes } = snapshot?.manifest ?? { segments: [], fields: {} }
    try {
      for (const { file, rows } of segments) {
        files.set(file, opened.get(file) ?? (await openSegment(join(folder, file), { rows, width, fieldTypes })))
      }
      return { snapshot, files }
    } catch (error) {
      const own = [...files].filter(([name]) => !opened.has(name))
      await Promise.all(own.map(([, file]) => file.source.close()))
      if (tries === mostTries || (await manifestVersion(folder)) === snapshot?.version) throw error
    }
  }
}
