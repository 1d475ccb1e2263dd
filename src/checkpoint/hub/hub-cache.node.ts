/**
 * The Hub's cache on a disk, in the layout of Python's `huggingface_hub`, which uses the same files: `models--owner--name` contains
 * `refs` (the commit of each branch and tag), `blobs` (files by their ETag), `snapshots` (for each commit, links to its files) and
 * `.no_exist` (names that a commit does not have).
 */
import { copyFile, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFailed } from '../../bytes/write/write-failed'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { isCommit } from './hub-name'
import { isCommitName } from './hub-server'

/** The folders of one repository. */
export interface RepositoryCache {
  readonly folder: string
  /** For the locks of this package. Python uses a different kind, which Node cannot hold. */
  readonly locks: string
}

const prefix = 'models--'

/** Error codes for symbolic links on systems or volumes that do not allow them. */
const linkRefusals = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN']

export function repositoryCache(cache: string, repository: string): RepositoryCache {
  const name = `${prefix}${repository.replaceAll('/', '--')}`
  return { folder: join(cache, name), locks: join(cache, '.locks', name) }
}

/** The repositories in a cache: `owner/name`. Links are not followed. */
export async function cachedRepositories(cache: string): Promise<string[]> {
  const entries = await readdir(cache, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
  return folders.map(({ name }) => name.slice(prefix.length).replaceAll('--', '/'))
}

/** Whether a revision is a commit, so that its cached files are up to date: the full name of one, or that of a cached one. */
export async function isPinned(cache: RepositoryCache, revision: string): Promise<boolean> {
  return isCommit(revision) || (isCommitName(revision) && (await cachedCommits(cache)).includes(revision))
}

/** The commit of a revision, if the cache contains it. */
export async function cachedCommit(cache: RepositoryCache, revision: string): Promise<string | undefined> {
  if (await isPinned(cache, revision)) return revision
  const text = await readTextFile(join(cache.folder, 'refs', ...revision.split('/')), 200).catch(() => '')
  return isCommitName(text.trim()) ? text.trim() : undefined
}

/** The cache path of a file in a commit. */
export function snapshotPath({ folder }: RepositoryCache, commit: string, file: string): string {
  return join(folder, 'snapshots', commit, ...file.split('/'))
}

/** The path of a cached file; `null` if the commit is known to lack the file; undefined if unknown. */
export async function findCached(
  cache: RepositoryCache,
  commit: string,
  file: string,
): Promise<string | null | undefined> {
  const path = snapshotPath(cache, commit, file)
  if (await isFile(path)) return path
  return (await isFile(missingPath(cache, commit, file))) ? null : undefined
}

/** The cached files of a commit by their paths in the repository. */
export async function cachedFiles({ folder }: RepositoryCache, commit: string): Promise<string[]> {
  return filesBelow(join(folder, 'snapshots', commit))
}

/** The commits in the cache. */
export async function cachedCommits({ folder }: RepositoryCache): Promise<string[]> {
  const entries = await readdir(join(folder, 'snapshots'), { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** Files in a folder and below it, with slashes. Links to folders are not followed. */
export async function filesBelow(folder: string, within = ''): Promise<string[]> {
  const entries = await readdir(join(folder, within), { withFileTypes: true }).catch(() => [])
  const files: string[] = []
  for (const entry of entries) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`
    files.push(...(entry.isDirectory() ? await filesBelow(folder, path) : [path]))
  }
  return files
}

/** Records the commit to which a branch or tag points. Write errors are ignored. */
export async function noteCommit(cache: RepositoryCache, revision: string, commit: string): Promise<void> {
  if (revision === commit || (await cachedCommit(cache, revision)) === commit) return
  const path = join(cache.folder, 'refs', revision)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFileAtomically(path, [Buffer.from(commit)])
  } catch {
    // The next load asks again.
  }
}

/** Records that a commit lacks a file, so that the next load does not ask. */
export async function noteMissing(cache: RepositoryCache, commit: string, file: string): Promise<void> {
  const path = missingPath(cache, commit, file)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '')
  } catch {
    // The next load asks again.
  }
}

/** How to make a blob a file of a commit. */
export interface Linking {
  /** Whether the blob was just downloaded, so that no other commit has it. */
  readonly isNew: boolean
  /** Whether to use links. */
  readonly links: boolean
}

/**
 * Makes a blob a file of a commit: by a relative link, or if links are not allowed, by copying or (if new) moving it, like Python.
 * @throws DreamLIPError `WRITE_FAILED`
 */
export async function linkBlob(blob: string, path: string, { isNew, links }: Linking): Promise<void> {
  await makeFolder(dirname(path))
  try {
    // Removes a link to a missing blob.
    await rm(path, { force: true })
    if (links && (await canLink(relative(dirname(path), blob), path))) return
    await (isNew ? rename(blob, path) : copyFile(blob, path))
  } catch (error) {
    throw writeFailed(path, error)
  }
}

/** Makes a link. @returns false if the system or the volume does not allow it */
async function canLink(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // Python may have made the link in the meantime.
    if (code === 'EEXIST') return true
    if (linkRefusals.includes(code)) return false
    throw error
  }
}

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true
}

function missingPath({ folder }: RepositoryCache, commit: string, file: string): string {
  return join(folder, '.no_exist', commit, ...file.split('/'))
}
