/** The models in the Hub's cache, as stored models: one for each commit. Nothing outside the cache is read or removed. */
import { lstat, readdir, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { readTextFile } from '../../bytes/read/file.node.ts'
import {
  cachedCommit,
  cachedCommits,
  cachedRepositories,
  filesBelow,
  repositoryCache,
  type RepositoryCache,
} from '../hub/hub-cache.node.ts'
import { hubNameOf, isRepository, parseHubName } from '../hub/hub-name'
import { hubCacheFolder } from '../hub/settings.node.ts'
import { wrongArgument } from '../../check-arguments'
import type { StoredModel } from './stored-model'

/** A file of a commit. */
interface SnapshotFile {
  readonly name: string
  readonly bytes: number
  readonly used: number
  /** The file in `blobs` that it links to; undefined for a copy. */
  readonly blob?: string
}

/** Blobs whose downloads are not complete: ours and Python's. */
const unfinished = /\.(?:part|part\.json|incomplete)$/

export async function listHubModels(cache = hubCacheFolder()): Promise<StoredModel[]> {
  const repositories = (await cachedRepositories(cache)).filter(isRepository)
  const stored = await Promise.all(repositories.map((name) => describeRepository(name, repositoryCache(cache, name))))
  return stored.flat()
}

/**
 * Removes a repository from the cache, or one commit of it. Files that other commits use stay.
 * @param source `hf://owner/name` or `hf://owner/name@revision`
 * @returns the bytes freed
 * @throws DreamLIPError `INVALID_ARGUMENT` for the name of a file
 */
export async function removeHubModel(source: string, folder = hubCacheFolder()): Promise<number> {
  const { repository, file, revision } = parseHubName(source)
  if (file !== undefined) {
    throw wrongArgument(
      'source',
      'hf://owner/name or hf://owner/name@revision',
      source,
      'Files are not removed singly.',
    )
  }
  const cache = repositoryCache(folder, repository)
  if (!(await isRealFolder(cache.folder))) return 0
  if (revision === undefined) return removeRepository(cache)
  const commit = await cachedCommit(cache, revision)
  const commits = await cachedCommits(cache)
  if (commit === undefined || !commits.includes(commit)) return 0
  return commits.length === 1 ? removeRepository(cache) : removeCommit(cache, commit, commits)
}

async function describeRepository(repository: string, cache: RepositoryCache): Promise<StoredModel[]> {
  const source = hubNameOf({ repository })
  const commits = await cachedCommits(cache)
  const models = commits.map(async (commit) => asModel(source, await snapshotFiles(cache, commit), commit))
  const parts = await unfinishedFiles(cache)
  return [...(await Promise.all(models)), ...(parts.length > 0 ? [asModel(source, parts)] : [])]
}

function asModel(source: string, files: readonly SnapshotFile[], revision?: string): StoredModel {
  const blobs = new Map(files.map((file) => [file.blob ?? file.name, file.bytes]))
  return {
    source,
    ...(revision !== undefined && { revision }),
    bytes: [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0),
    files: files.map(({ name, bytes }) => ({ name, bytes })),
    ...(files.length > 0 && { usedAt: new Date(Math.max(...files.map(({ used }) => used))) }),
  }
}

async function snapshotFiles(cache: RepositoryCache, commit: string): Promise<SnapshotFile[]> {
  const folder = join(cache.folder, 'snapshots', commit)
  const found = await Promise.all((await filesBelow(folder)).map((name) => snapshotFile(cache, folder, name)))
  return found.filter((file) => file !== undefined)
}

/** A file of a commit; undefined for a link that leads out of the repository's blobs. */
async function snapshotFile(cache: RepositoryCache, folder: string, name: string): Promise<SnapshotFile | undefined> {
  const path = join(folder, ...name.split('/'))
  const target = await readlink(path).catch(() => undefined)
  const blob = target === undefined ? undefined : resolve(dirname(path), target)
  if (blob !== undefined && !blob.startsWith(join(cache.folder, 'blobs') + sep)) return undefined
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ? { name, bytes: stats.size, used: Math.max(stats.atimeMs, stats.mtimeMs), blob } : undefined
}

async function unfinishedFiles({ folder }: RepositoryCache): Promise<SnapshotFile[]> {
  const entries = await readdir(join(folder, 'blobs'), { withFileTypes: true }).catch(() => [])
  const parts = entries.filter((entry) => entry.isFile() && unfinished.test(entry.name))
  return Promise.all(
    parts.map(async ({ name }) => {
      const { size, mtimeMs } = await stat(join(folder, 'blobs', name))
      return { name, bytes: size, used: mtimeMs }
    }),
  )
}

async function removeRepository({ folder, locks }: RepositoryCache): Promise<number> {
  const bytes = await bytesBelow(folder)
  await rm(folder, { recursive: true, force: true })
  if (await isRealFolder(locks)) await rm(locks, { recursive: true, force: true })
  return bytes
}

async function removeCommit(cache: RepositoryCache, commit: string, commits: readonly string[]): Promise<number> {
  const blobsOf = async (name: string) => (await snapshotFiles(cache, name)).flatMap(({ blob }) => blob ?? [])
  const others = await Promise.all(commits.filter((name) => name !== commit).map(blobsOf))
  const kept = new Set(others.flat())
  const snapshot = join(cache.folder, 'snapshots', commit)
  const blobs = [...new Set(await blobsOf(commit))].filter((blob) => !kept.has(blob))
  const sizes = await Promise.all([bytesBelow(snapshot), ...blobs.map(sizeOf)])
  await rm(snapshot, { recursive: true, force: true })
  await rm(join(cache.folder, '.no_exist', commit), { recursive: true, force: true })
  for (const blob of blobs) await rm(blob, { force: true })
  await removeRefs(join(cache.folder, 'refs'), commit)
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

/** Removes the branches and tags that point to a commit. */
async function removeRefs(folder: string, commit: string): Promise<void> {
  for (const name of await filesBelow(folder)) {
    const path = join(folder, ...name.split('/'))
    const text = await readTextFile(path, 200).catch(() => '')
    if (text.trim() === commit) await rm(path, { force: true })
  }
}

/** The bytes of the files in a folder and below it. Links take none. */
async function bytesBelow(folder: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(folder)).map((name) => sizeOf(join(folder, ...name.split('/')))))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  return stats?.isFile() ? stats.size : 0
}

async function isRealFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true
}
