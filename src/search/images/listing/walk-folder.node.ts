/** Lists the pictures below a folder. */
import { lstat, readdir, stat } from 'node:fs/promises'
import type { BigIntStats, Dirent, Stats } from 'node:fs'
import { join } from 'node:path'
import { limit } from '../../../concurrency/limit'
import { isPlatformJunk } from '../../../data/readers/locations/platform-junk'
import { isForeignName, isPictureName } from '../../../images/picture-names'
import type { FileState, FoundFile, Unread } from './found'

/** What was found so far, by all walks of a listing. */
export interface Walk {
  readonly files: Map<string, FoundFile>
  readonly unread: Map<string, Unread>
  /** Folders that were listed, as the system numbers them: each is listed once, whatever links lead to it. */
  readonly seen: Set<string>
  readonly folders: Set<string>
  /** Those of them with nothing in them. */
  readonly empty: Set<string>
  /** Folders that hold something else, such as the index itself. */
  readonly skipped: ReadonlySet<string>
  ignored: number
  readonly signal: AbortSignal | undefined
  readonly onFound: () => void
}

/** Folders that programs fill with thumbnails, and what systems put beside a user's files. Names with a dot are hidden. */
const isHidden = (name: string) => name.startsWith('.') || name === '@eaDir' || isPlatformJunk(name)

const statsAtOnce = 32
const statGently = limit(statsAtOnce, (path: string) => stat(path))

/** Adds the pictures below a folder to a walk. Links to folders are followed after everything else, so that a real path comes before a link. */
export async function walkFolder(root: string, walk: Walk): Promise<void> {
  const links: string[] = []
  let folders = [root]
  while (folders.length > 0) {
    const folder = folders.shift()!
    folders.push(...(await listFolder(folder, walk, links)))
    if (folders.length === 0) folders = links.splice(0, 1)
  }
}

/** @returns the folders in it */
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
    // A folder that vanished in the meantime is as good as deleted.
    if (!isMissing(error)) walk.unread.set(folder, { path: folder, message: (error as Error).message })
    return []
  }
}

async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'other'> {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'other'
  const stats = await statGently(path).catch(() => undefined) // links, and file systems that do not tell
  return stats?.isDirectory() ? 'folder' : 'other'
}

/** Adds a picture to a walk, or what is wrong with it. A file that vanished in the meantime is as good as deleted. */
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

/** The device and the number of a folder; undefined if it is not there. */
async function numberOf(folder: string): Promise<string | undefined> {
  const stats: BigIntStats | undefined = await stat(folder, { bigint: true }).catch(() => undefined)
  return stats && `${stats.dev}:${stats.ino}`
}
