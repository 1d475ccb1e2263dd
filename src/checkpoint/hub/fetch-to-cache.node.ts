/** Downloads a file from the Hub to its cache. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '../../progress'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { withLock } from '../../bytes/write/file-lock.node.ts'
import { DreamLIPError } from '../../errors'
import { fetchFile } from '../download/fetch-file.node.ts'
import { isFile, linkBlob, snapshotPath, type RepositoryCache } from './hub-cache.node.ts'
import { hubNameOf, type HubName } from './hub-name'
import { fileAddress, type RemoteFile } from './hub-server'
import type { HubSettings } from './settings.node.ts'

export interface FetchToCacheOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** The largest file accepted, in bytes; default: the size that the Hub states. */
  readonly maxBytes?: number
  /** Download again even if the file is in the cache. */
  readonly force?: boolean
}

/**
 * Downloads a file that the Hub describes, unless its contents are in the cache. Of several processes, one downloads and the others wait.
 * @returns its path in the snapshot of the commit, and whether bytes were downloaded
 * @throws DreamLIPError `CHECKSUM_MISMATCH`, `HTTP_…`, `SOURCE_UNREADABLE`, `WRITE_FAILED`; the signal's reason when aborted
 */
export async function fetchToCache(
  hub: HubSettings,
  cache: RepositoryCache,
  name: HubName & { readonly file: string },
  remote: RemoteFile,
  { force = false, ...options }: FetchToCacheOptions,
): Promise<{ readonly path: string; readonly fetched: boolean }> {
  const path = snapshotPath(cache, remote.commit, name.file)
  if (!force && (await isFile(path))) return { path, fetched: false }
  const blob = join(cache.folder, 'blobs', remote.etag)
  const remedy = 'Set HF_HOME or HF_HUB_CACHE to a folder that can be written, or pass hub.cacheDir.'
  await makeFolder(join(cache.folder, 'blobs'), remedy)
  await makeFolder(cache.locks, remedy)
  return withLock(join(cache.locks, `${remote.etag}.dreamlip.lock`), options.signal, async () => {
    // Another process may have downloaded it in the meantime.
    if (!force && (await isFile(path))) return { path, fetched: false }
    const fetched = force || !(await isFile(blob))
    if (fetched) await download(hub, name, remote, blob, options)
    await linkBlob(blob, path, { isNew: fetched, links: hub.links })
    return { path, fetched }
  })
}

async function download(
  hub: HubSettings,
  name: HubName,
  { commit, size, sha256 }: RemoteFile,
  blob: string,
  options: FetchToCacheOptions,
): Promise<void> {
  const address = {
    url: fileAddress(hub, name, commit),
    name: hubNameOf({ ...name, revision: name.revision ?? commit }),
  }
  // A redirect to the server that stores the file drops the token: `fetch` sends it only to the Hub.
  await fetchFile(blob, address, {
    ...options,
    headers: hub.headers,
    sha256,
    maxBytes: options.maxBytes ?? (size || undefined),
    async checkComplete(path) {
      const { size: got } = await stat(path)
      if (size === undefined || got === size) return
      throw new DreamLIPError(
        'HTTP_PROTOCOL',
        `${address.name}: the answer ended after ${got} of ${size} bytes. Try again.`,
      )
    },
  })
}
