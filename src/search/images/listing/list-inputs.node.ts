/** Resolves the caller's inputs to files, URLs and archives. */
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isURL } from '../../../bytes/http/address'
import { asPattern } from '../../../data/readers/locations/expand-location.node.ts'
import { DreamLIPError } from '../../../errors'
import type { Listing, Scope } from './found'
import { isArchiveName } from '../../archive-name'
import { idOf } from './inside.node.ts'
import { addFile, isMissing as isNotThere, walkFolder, type Walk } from './walk-folder.node.ts'

export interface ListingOptions {
  /** Folders to skip, such as the index's own. */
  readonly skipped: readonly string[]
  readonly signal?: AbortSignal
  /** Called with the number of pictures found so far. */
  readonly onFound?: (count: number) => void
}

/**
 * Lists folders and their subfolders, files, patterns, tar archives and URLs.
 * @throws DreamLIPError `SOURCE_UNREADABLE` if a path exists but cannot be reached; the signal's reason
 */
export async function listInputs(inputs: readonly string[], options: ListingOptions): Promise<Listing> {
  const { skipped, signal, onFound } = options
  const walk: Walk = {
    files: new Map(),
    unread: new Map(),
    seen: new Set(),
    folders: new Set(),
    empty: new Set(),
    skipped: new Set(skipped),
    ignored: 0,
    signal,
    onFound: () => onFound?.(walk.files.size),
  }
  const [urls, archives, scopes] = [new Set<string>(), new Set<string>(), [] as Scope[]]
  for (const input of inputs) {
    signal?.throwIfAborted()
    const id = idOf(input)
    const stats = isURL(id) ? undefined : await reach(id)
    const pattern = isURL(id) || stats ? undefined : await matching(input)
    const isFolder = stats?.isDirectory() ?? false
    if (isFolder) await walkFolder(id, walk)
    const paths = pattern?.paths ?? (isFolder ? [] : stats || isURL(id) ? [id] : [])
    for (const path of paths) {
      if (!isURL(path)) walk.folders.add(dirname(path))
      if (isArchiveName(path)) archives.add(path)
      else if (isURL(path)) urls.add(path)
      else await addFile(path, walk)
    }
    if (pattern) walk.folders.add(pattern.base)
    const isEmpty = isFolder && walk.empty.has(id)
    const isMissing = isEmpty || (!isFolder && paths.length === 0)
    scopes.push({ input, path: pattern?.base ?? id, isPattern: pattern !== undefined, isMissing, isEmpty })
  }
  const { files, unread, folders, ignored } = walk
  return {
    files: [...files.values()],
    unread: [...unread.values()],
    folders: [...folders],
    urls: [...urls],
    archives: [...archives],
    scopes,
    ignored,
  }
}

/** The state of a path; undefined if it does not exist. */
async function reach(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (isNotThere(error)) return undefined
    const problem = `could not be read: ${(error as Error).message}. Check the path.`
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: ${problem}`, { cause: error })
  }
}

/** The sorted files that match a pattern, and its base folder; undefined if the input is not a pattern. */
async function matching(input: string): Promise<{ base: string; paths: string[] } | undefined> {
  const { glob, isDynamicPattern } = await import('tinyglobby') // only this function needs it
  const pattern = asPattern(input)
  if (!isDynamicPattern(pattern)) return undefined
  const found = await glob(pattern, { expandDirectories: false, absolute: true })
  const start = pattern.slice(0, pattern.search(/[*?[\]{}()!+@]/))
  return { base: resolve(dirname(`${start}x`)), paths: found.map((path) => resolve(path)).sort() }
}
