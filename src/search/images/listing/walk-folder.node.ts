/** Lists the pictures below a folder. */
import { lstat, readdir, stat } from 'node:fs/promises'
import type { BigIntStats, Dirent, Stats } from 'node:fs'
import { join } from 'node:path'
import { limit } from '../../../concurrency/limit'
import { isPlatformJunk } from '../../../data/readers/locations/platform-junk'
import { isForeignName, isPictureName } from '../../../images/picture-names'
import type { FileState, FoundFile, Unread } from './found'

/** The results so far, from all walks of a listing. */
export interface Walk {
  readonly files: Map<string, FoundFile>
  readonly unread: Map<string, Unread>
  /** Listed folders by device and inode number: each is listed once, even if several links lead to it. */
  readonly seen: Set<string>
  readonly folders: Set<string>
  /** The listed folders that are empty. */
  readonly empty: Set<string>
  /** Folders to skip, such as the index itself. */
  readonly skipped: ReadonlySet<string>
  ignored: number
  readonly signal: AbortSignal | undefined
  readonly onFound: () => void
}

/** Hidden names: dotfiles, thumbnail folders, and files that operating systems add. */
const isHidden = (name: string) => name.startsWith('.') || name === '@eaDir' || isPlatformJunk(name)

const statsAtOnce = 32
const statGently = limit(statsAtOnce, (path: string) => stat(path))

/** Adds the pictures below a folder to a walk. Links to folders are followed last, so that a real path comes before a link. */
export async function walkFolder(root: string, walk: Walk): Promise<void> {
  const links: string[] = []
  let folders = [root]
  while (folders.length > 0) {
    const folder = folders.shift()!
    folders.push(...(await listFolder(folder, walk, links)))
    if (folders.length === 0) folders = links.splice(0, 1)
  }
}

/** @returns its subfolders */
async function listFolder(folder: string, walk: Walk, links: string[]): Promise<string[]> {
  walk.signal?.throwIfAborted()
  const key = walk.skipped.has(folder) ? undefined : await numberOf(folder)
  if (key === undefined || walk.seen.has(key)) return []
  walk.seen.add(key)
  walk.folders.add(folder)
  const entries = await entriesOf(folder, walk)
  if (entries.length === 0) walk.empty.add(folder)
  const inside: string[] = []
  const pictures: string[] = []
  for (const entry of entries) {
    if (isHidden(entry.name)) continue
    const path = join(folder, entry.name)
    const kind = await kindOf(entry, path)
    if (kind === 'folder') (entry.isSymbolicLink() ? links : inside).push(path)
    else if (isPictureName(entry.name) || isForeignName(entry.name)) pictures.push(path)
    else walk.ignored++
  }
  await Promise.all(pictures.map((path) => addFile(path, walk)))
  return inside
}

async function entriesOf(folder: string, walk: Walk): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    // A folder that vanished meanwhile counts as deleted.
    if (!isMissing(error)) walk.unread.set(folder, { path: folder, message: (error as Error).message })
    return []
  }
}

async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'other'> {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'other'
  const stats = await statGently(path).catch(() => undefined) // links, and file systems that do not report types
  return stats?.isDirectory() ? 'folder' : 'other'
}

/** Adds a picture, or its problem, to a walk. A file that vanished meanwhile counts as deleted. */
export async function addFile(path: string, walk: Walk): Promise<void> {
  try {
    const stats = await statGently(path)
    walk.files.set(path, { path, ...stateOf(stats) })
    walk.onFound()
  } catch (error) {
    if (!isMissing(error) || (await isLink(path))) walk.unread.set(path, { path, message: (error as Error).message })
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}

export function stateOf({ size, mtimeMs, ctimeMs }: Stats): FileState {
  return { size, modified: mtimeMs, changed: ctimeMs }
}

/** A folder's device and inode number; undefined if it does not exist. */
async function numberOf(folder: string): Promise<string | undefined> {
  const stats: BigIntStats | undefined = await stat(folder, { bigint: true }).catch(() => undefined)
  return stats && `${stats.dev}:${stats.ino}`
}
