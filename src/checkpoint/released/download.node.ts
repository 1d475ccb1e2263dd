/** Downloads checkpoints to a cache folder, also from Google Drive. Interrupted downloads are resumed. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkCall, checkFlag, checkPath, checkText, show, checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import { cacheFolder, fileNameOf } from '../../bytes/cache-folder.node.ts'
import type { DownloadedCheckpoint, DownloadOptions } from './download-options'
import { directAddress } from '../download/drive-page'
import { compareDigests, fetchFile, hashFile } from '../download/fetch-file.node.ts'
import { checkMagic } from '../download/magic'
import type { Address } from '../download/transfer.node.ts'
import { withLock } from '../../bytes/write/file-lock.node.ts'
import { withoutSecrets } from '../../bytes/http/address'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { readCheckpoint } from '../read-checkpoint'
import { isHubName } from '../hub/is-hub-name'
import { fetchHub } from '../hub/open-hub.node.ts'
import { releasedCheckpoints } from './released-checkpoints'

/**
 * Downloads a released checkpoint (`cc3m`, `cc12m`, `yfcc15m`, `merged30m`) or the file at an http(s) address to the cache folder, or the
 * weights and configs of a name on the Hub (`hf://owner/name`) to the Hub's cache.
 * A file in the cache is not downloaded again, and two processes that need the same file download it once. Node only; in browsers
 * pass the file's address to `DreamLIP.load`.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name, `DOWNLOAD_REFUSED` if the server sends a page instead of the file,
 * `CHECKSUM_MISMATCH`, `FORMAT_UNKNOWN` for a file that is not a checkpoint, `HTTP_…`, `SOURCE_UNREADABLE`, `WRITE_FAILED`
 */
export async function downloadCheckpoint(
  nameOrURL: string,
  options: DownloadOptions = {},
): Promise<DownloadedCheckpoint> {
  const { cacheDir = cacheFolder(), onProgress, signal, sha256, headers, maxBytes, force = false } = checkCall(options)
  if (maxBytes !== undefined) checkWhole('maxBytes', maxBytes, 1)
  checkText('checkpoint', nameOrURL, 'a name or an address')
  checkPath('cacheDir', cacheDir)
  checkFlag('force', force)
  checkDigest(sha256)
  if (isHubName(nameOrURL)) return downloadFromHub(nameOrURL, options)
  const { address, file } = resolve(nameOrURL)
  const path = join(cacheDir, file)
  const cached = force ? undefined : await findCached(path, sha256, signal)
  if (cached) return cached
  await makeFolder(cacheDir, 'Pass another cacheDir or set DREAMLIP_CACHE.')
  return withLock(`${path}.lock`, signal, async () => {
    // Another process may have downloaded it in the meantime.
    const there = force ? undefined : await findCached(path, sha256, signal)
    if (there) return there
    const checkComplete = (file: string) => checkDownloadedWhole(address.name, file)
    const options = { onProgress, signal, sha256, headers, maxBytes, checkHead: checkMagic, checkComplete }
    return { path, ...(await fetchFile(path, address, options)), cached: false }
  })
}

/** The weights, with the configs and vocabularies next to them. */
async function downloadFromHub(name: string, options: DownloadOptions): Promise<DownloadedCheckpoint> {
  const { cacheDir, sha256: expected, signal } = options
  const hub = { ...options.hub, ...(cacheDir !== undefined && { cacheDir }) }
  const { path, fetched } = await fetchHub(name, { ...options, hub, besides: true })
  const sha256 = await hashFile(path, signal)
  compareDigests(name, expected, sha256)
  return { path, bytes: (await stat(path)).size, sha256, cached: !fetched }
}

function resolve(nameOrURL: string): { address: Address; file: string } {
  const released = Object.hasOwn(releasedCheckpoints, nameOrURL) ? releasedCheckpoints[nameOrURL] : undefined
  if (released) return { address: { url: released.url, name: nameOrURL }, file: released.file }
  if (/^https?:\/\//i.test(nameOrURL) && URL.canParse(nameOrURL)) {
    const url = directAddress(nameOrURL)
    return { address: { url, name: withoutSecrets(url) }, file: fileNameOf(url) }
  }
  const names = Object.keys(releasedCheckpoints)
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `checkpoint: expected ${names.join(', ')}, an http(s) address or hf://owner/name; got ${show(nameOrURL)}.` +
      didYouMean(nameOrURL, names),
  )
}

function checkDigest(sha256: string | undefined): void {
  if (sha256 === undefined || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256))) return
  throw new DreamLIPError('INVALID_ARGUMENT', `sha256: expected 64 hexadecimal digits; got ${show(sha256)}.`)
}

async function findCached(
  path: string,
  expected: string | undefined,
  signal: AbortSignal | undefined,
): Promise<DownloadedCheckpoint | undefined> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile()) return undefined
  const sha256 = await hashFile(path, signal)
  compareDigests(path, expected, sha256)
  return { path, bytes: stats.size, sha256, cached: true }
}

/** If neither the server nor the caller gives a size or checksum, opening the checkpoint must show that it is complete. */
async function checkDownloadedWhole(name: string, path: string): Promise<void> {
  try {
    await (await readCheckpoint(path)).close()
  } catch (error) {
    throw new DreamLIPError(
      'DOWNLOAD_REFUSED',
      `${name}: the download is not a complete checkpoint: ${(error as Error).message} Try again, or pass its sha256.`,
      { cause: error },
    )
  }
}
