/** Computes the statistics of an index. */
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { isURL } from '../../bytes/http/address'
import type { VectorStore } from '../vector-store'
import { numberAt, textAt } from './row-fields'
import type { IndexModel } from './kept/index-description.node.ts'
import type { Notes, ProblemReason } from './kept/notes.node.ts'
import { countByReason } from './update/add-images.node.ts'

/** The statistics of an index. */
export interface IndexStats {
  readonly model: IndexModel
  /** Pictures in the index. */
  readonly files: number
  /** Distinct contents; the other pictures are duplicates. */
  readonly contents: number
  /** The total size of their files. */
  readonly bytes: number
  /** Pictures per file extension, in lower case: `{ jpg: 120, png: 3 }`. */
  readonly formats: Readonly<Record<string, number>>
  /** Pictures per folder, without its subfolders; archives and servers count as folders. */
  readonly folders: Readonly<Record<string, number>>
  /** Photographs per year: `{ 2023: 80 }`. Pictures without a date are not counted. */
  readonly years: Readonly<Record<string, number>>
  /** Pictures that could not be read, by reason. */
  readonly problems: Readonly<Record<ProblemReason, number>>
  /** The size of the index itself on disk, in bytes. */
  readonly diskBytes: number
}

export async function indexStats(
  folder: string,
  model: IndexModel,
  store: VectorStore,
  notes: Notes,
  signal?: AbortSignal,
): Promise<IndexStats> {
  const [formats, folders, years] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  const contents = new Set<string>()
  let [files, bytes] = [0, 0]
  for await (const { ids, fields } of store.rows({ signal })) {
    ids.forEach((id, i) => {
      files++
      bytes += numberAt(fields, 'size', i) || 0
      contents.add(textAt(fields, 'hash', i) || id)
      countOne(formats, extname(withoutQuery(id)).slice(1).toLowerCase() || 'none')
      countOne(folders, folderOf(id))
      const taken = numberAt(fields, 'taken', i)
      if (!Number.isNaN(taken)) countOne(years, String(new Date(taken).getUTCFullYear()))
    })
  }
  return {
    model,
    files,
    contents: contents.size,
    bytes,
    formats: byCount(formats),
    folders: byCount(folders),
    years: Object.fromEntries(years),
    problems: countByReason([...notes.problems.values()]),
    diskBytes: await bytesBelow(folder),
  }
}

function countOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Counts by key, the most frequent first. */
function byCount(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

const withoutQuery = (id: string) => (isURL(id) ? id.replace(/[?#].*/s, '') : id)

function folderOf(id: string): string {
  const path = withoutQuery(id)
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return end <= 0 ? path.slice(0, end + 1) : path.slice(0, end)
}

async function bytesBelow(folder: string): Promise<number> {
  let sum = 0
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    const stats = await stat(join(folder, name)).catch(() => undefined)
    if (stats?.isFile()) sum += stats.size
  }
  return sum
}
