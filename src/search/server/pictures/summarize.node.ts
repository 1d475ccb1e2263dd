/** Summarizes a collection: its folders, its years and its newest pictures. */
import type { CollectionAnswer, FolderCount, YearCount } from '../protocol/answers'
import type { ImageRow } from '../../images/image-index.node.ts'
import { isWithin } from '../../images/listing/inside.node.ts'

/** The maximum number of listed folders and pictures. */
const [mostFolders, mostNewest] = [40, 60]

export interface Summary extends Pick<CollectionAnswer, 'folders' | 'years' | 'dates'> {
  readonly newest: readonly ImageRow[]
}

/** Reads all rows once; only counts and the newest rows are kept in memory. */
export async function summarize(rows: AsyncIterable<ImageRow>): Promise<Summary> {
  const folders = new Map<string, number>()
  const years = { taken: new Map<number, number>(), modified: new Map<number, number>() }
  let newest: ImageRow[] = []
  let [size, dated] = [0, 0]
  for await (const row of rows) {
    size++
    if (!Number.isNaN(row.taken)) dated++
    add(folders, folderOf(row.path))
    for (const date of ['taken', 'modified'] as const) {
      if (!Number.isNaN(row[date])) add(years[date], new Date(row[date]).getUTCFullYear())
    }
    newest.push(row)
    if (newest.length > 20 * mostNewest) newest = latest(newest)
  }
  const dates = dated > size / 2 ? 'taken' : 'modified'
  return { folders: countFolders(folders), dates, years: countYears(years[dates]), newest: latest(newest) }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function timeOf({ taken, modified }: ImageRow): number {
  const time = Number.isNaN(taken) ? modified : taken
  return Number.isNaN(time) ? -Infinity : time
}

function latest(rows: ImageRow[]): ImageRow[] {
  return rows.sort((a, b) => timeOf(b) - timeOf(a) || 0).slice(0, mostNewest)
}

/** The folder of a path, without a trailing separator. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.search(/[/\\][^/\\]*$/)))
}

/**
 * The folders with the most pictures directly in them, sorted by name. Names omit the parent folders that all have in common.
 * @param counts pictures directly in each folder; those of the answer include subfolders, as the folder filter does
 */
export function countFolders(counts: ReadonlyMap<string, number>): FolderCount[] {
  const chosen = [...counts].sort(([, a], [, b]) => b - a).slice(0, mostFolders)
  const parts = chosen.map(([path]) => path.split(/[/\\]/))
  let common = 0
  while (parts.length > 1 && parts.every((list) => common < list.length - 1 && list[common] === parts[0]![common]))
    common++
  if (parts.length === 1) common = parts[0]!.length - 1
  return chosen
    .map(([path], i) => ({ path, name: parts[i]!.slice(common).join('/'), count: countWithin(counts, path) }))
    .filter(({ path }) => path !== '')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function countWithin(counts: ReadonlyMap<string, number>, folder: string): number {
  let sum = 0
  for (const [path, count] of counts) if (isWithin(folder, path)) sum += count
  return sum
}

function countYears(counts: ReadonlyMap<number, number>): YearCount[] {
  return [...counts].map(([year, count]) => ({ year, count })).sort((a, b) => b.year - a.year)
}
