/** Remote files that a browser keeps between visits: the parts that were read, in one folder per version. */
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../byte-source'
import type { pageForFile } from '../http/answer'
import type { Version } from '../version'
import { openFileSystem } from './file-system.browser'
import type { Keep, RemoteFile } from './keep'
import { keptSource } from './kept-source.browser'
import type { Path, Place } from './place'

/** Time limits for a server if parts of its file are kept. */
const brief = { tries: 1, windowMs: 5000, slowest: 500 }

/** Statuses for a missing or forbidden file. They are kept too: offline, a model must know which files it has. */
const refusal = /^(?:401|403|404|410)$/

/** A web page in place of a file means that there is no file. */
const page: typeof pageForFile = 'page'

/**
 * Opens a file. A one-byte request finds out whether the kept parts are of the current version. If they are not, they are
 * removed. If the server does not answer, they are used.
 * @throws DreamLIPError as `openURL`
 */
export async function openKeptFile(file: RemoteFile, keep: Keep): Promise<ByteSource> {
  const place = await openPlace()
  if (!place) return file.open()
  const { origin, pathname } = new URL(file.url)
  const folder = [keep.model, origin + pathname].map(encodeURIComponent)
  const kept = await place.names(folder)
  const source = await openVersion(file, place, folder, kept)
  const version = source.version!
  const path = [...folder, encodeURIComponent(version)]
  return isCertain(version, file) ? keptSource(source, place, path, keep) : source
}

/** The storage to use; `undefined` if the browser allows none, as in some private windows and on http pages. */
export function openPlace(): Promise<Place | undefined> {
  return openFileSystem()
    .catch(openCacheStorage)
    .catch(() => undefined)
}

async function openCacheStorage(): Promise<Place> {
  return (await import('./cache-storage.browser')).openCacheStorage()
}

/** Opens the server's version, or else the kept one. */
async function openVersion(file: RemoteFile, place: Place, folder: Path, kept: readonly string[]) {
  try {
    const source = kept.length > 0 ? await file.open(1, brief) : await file.open()
    const old = kept.filter((name) => name !== encodeURIComponent(source.version!))
    await Promise.allSettled(old.map((name) => place.remove([...folder, name])))
    return source
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: unknown }
    const status = cause === page ? '404' : code === 'HTTP_STATUS' ? `${cause as number}` : ''
    if (kept.length === 0 && refusal.test(status)) await place.write([...folder, status], new Uint8Array()).catch(() => {}) // prettier-ignore
    const isAnswered = code !== 'SOURCE_UNREADABLE' && !/^(?:408|425|429|5..)$/.test(status)
    if (isAnswered || kept.length === 0) throw error
    if (refusal.test(kept[0]!)) throw new DreamLIPError('HTTP_STATUS', `${decodeURIComponent(folder[1]!)}: the server answered ${kept[0]} before.`, { cause: Number(kept[0]) }) // prettier-ignore
    return file.openKnown(parseVersion(decodeURIComponent(kept[0]!)))
  }
}

/** Whether equal versions mean equal files. A date proves little if a query selects the file. */
function isCertain(version: string, { url }: RemoteFile): boolean {
  const { validator } = parseVersion(version)
  return validator !== '' && (validator.includes('"') || !url.includes('?'))
}

/** The inverse of `versionText`. */
function parseVersion(version: string): Version {
  const [size] = version.split(' ', 1)
  return { size: Number(size), validator: version.slice(`${size} bytes, `.length) }
}
