/** The index as a reader sees it: the segments that the list names now, opened and loaded. */
import { join } from 'node:path'
import { limit } from '../../concurrency/limit'
import type { SegmentEntry } from './manifest'
import type { RowSearch } from './row-search'
import { openSegment, type SegmentFile } from './segment-file'
import { manifestVersion, readSnapshot, type Snapshot } from './store.node.ts'

/** A segment of the list, and its file. */
export interface OpenSegment {
  readonly entry: SegmentEntry
  readonly file: SegmentFile
}

export interface IndexView {
  /** The segments when the list was last read. */
  readonly entries: readonly SegmentEntry[]
  /** Reads the list again if it has changed, and runs `work`; files stay open until it is done. */
  use<T>(work: (segments: readonly OpenSegment[]) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Between reading the list and opening its files, a writer may have merged them. */
const mostTries = 5

/** @param first the list as it was when the index was opened */
export function createView(
  folder: string,
  width: number,
  rowSearch: RowSearch,
  first: Snapshot | undefined,
): IndexView {
  let entries = first?.manifest.segments ?? []
  let version: string | undefined
  let files = new Map<string, SegmentFile>()
  let retired: SegmentFile[] = []
  let uses = 0

  const closeRetired = async () => {
    if (uses > 0) return
    const closing = retired
    retired = []
    await Promise.all(closing.map(({ source }) => source.close()))
  }
  const refresh = limit(1, async () => {
    if (version !== undefined && (await manifestVersion(folder)) === version) return
    const next = await openListed(folder, width, files)
    retired.push(...[...files].filter(([name]) => !next.files.has(name)).map(([, file]) => file))
    files = next.files
    entries = next.snapshot?.manifest.segments ?? []
    await rowSearch.load(entries.map(({ file, rows, removed }) => ({ path: join(folder, file), rows, width, removed })))
    version = next.snapshot?.version
  })
  return {
    get entries() {
      return entries
    },
    async use(work) {
      uses++
      try {
        await refresh()
        return await work(entries.map((entry) => ({ entry, file: files.get(entry.file)! })))
      } finally {
        uses--
        await closeRetired()
      }
    },
    async close() {
      retired.push(...files.values())
      files = new Map()
      version = undefined
      await rowSearch.close()
      await closeRetired()
    },
  }
}

/** The files of the list. Those that are open already are kept. */
async function openListed(folder: string, width: number, opened: ReadonlyMap<string, SegmentFile>) {
  for (let tries = 1; ; tries++) {
    const snapshot = await readSnapshot(folder)
    const files = new Map<string, SegmentFile>()
    try {
      for (const { file, rows } of snapshot?.manifest.segments ?? []) {
        files.set(file, opened.get(file) ?? (await openSegment(join(folder, file), rows, width)))
      }
      return { snapshot, files }
    } catch (error) {
      const own = [...files].filter(([name]) => !opened.has(name))
      await Promise.all(own.map(([, file]) => file.source.close()))
      if (tries === mostTries || (await manifestVersion(folder)) === snapshot?.version) throw error
    }
  }
}
