/** Downloads checkpoints to a cache folder, from Google Drive too; what was interrupted is resumed. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DreamLIPError } from '../errors'
import { cacheFolder, fileNameOf } from './cache-folder.node.ts'
import type { DownloadedCheckpoint, DownloadOptions } from './download-options'
import { directAddress } from './drive-page'
import { withLock } from './file-lock.node.ts'
import { openPartialFile } from './partial-file.node.ts'
import { releasedCheckpoints } from './released-checkpoints'
import { transfer } from './transfer.node.ts'

/**
 * Downloads a released checkpoint (`cc3m`, `cc12m`, `yfcc15m`, `merged30m`) or the file at an http(s) address, once: afterwards
 * the file in the cache folder is returned. Two processes that want the same file download it once.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name, `DOWNLOAD_REFUSED` for a page in place of the file,
 * `CHECKSUM_MISMATCH`, `FORMAT_UNKNOWN` for a file that is no checkpoint, `HTTP_…`, `WRITE_FAILED`
 */
export async function downloadCheckpoint(
  nameOrURL: string,
  { cacheDir = cacheFolder(), onProgress, signal, sha256, force = false }: DownloadOptions = {},
): Promise<DownloadedCheckpoint> {
  const { url, file } = resolve(nameOrURL)
  const path = join(cacheDir, file)
  await makeFolder(cacheDir)
  return withLock(`${path}.lock`, signal, async () => {
    if (force) await rm(path, { force: true })
    const there = await describe(path, signal)
    if (there) return { ...checked(there, sha256), cached: true }
    const part = await openPartialFile(path)
    try {
      await transfer(url, part, { onProgress, signal })
    } catch (error) {
      await part.close()
      throw error
    }
    const got = await hash(`${path}.part`, signal)
    if (sha256 !== undefined && got !== sha256.toLowerCase()) {
      await part.discard()
      throw mismatch(url, sha256, got)
    }
    const bytes = part.length
    await part.finish()
    return { path, bytes, sha256: got, cached: false }
  })
}

function resolve(nameOrURL: string): { url: string; file: string } {
  const released = Object.hasOwn(releasedCheckpoints, nameOrURL) ? releasedCheckpoints[nameOrURL] : undefined
  if (released) return released
  if (/^https?:\/\//i.test(nameOrURL) && URL.canParse(nameOrURL)) {
    const url = directAddress(nameOrURL)
    return { url, file: fileNameOf(url) }
  }
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `checkpoint: expected ${Object.keys(releasedCheckpoints).join(', ')} or an http(s) address; got ${JSON.stringify(nameOrURL)}.`,
  )
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw new DreamLIPError(
      'WRITE_FAILED',
      `${path}: the folder could not be made: ${(error as Error).message}. Pass another cacheDir or set DREAMLIP_CACHE.`,
      { cause: error },
    )
  }
}

/** The file that is there, or undefined. */
async function describe(path: string, signal?: AbortSignal): Promise<Omit<DownloadedCheckpoint, 'cached'> | undefined> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ? { path, bytes: stats.size, sha256: await hash(path, signal) } : undefined
}

function checked<File extends { path: string; sha256: string }>(file: File, expected?: string): File {
  if (expected === undefined || file.sha256 === expected.toLowerCase()) return file
  throw mismatch(file.path, expected, file.sha256)
}

async function hash(path: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 })) digest.update(chunk as Buffer)
  return digest.digest('hex')
}

function mismatch(name: string, expected: string, actual: string): DreamLIPError {
  return new DreamLIPError(
    'CHECKSUM_MISMATCH',
    `${name}: expected SHA-256 ${expected}; got ${actual}. It is another file, or was damaged on the way: ` +
      'check the address, or download it again with force.',
  )
}
