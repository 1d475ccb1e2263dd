/** Locates the images that the data names: at http(s) addresses or inside the folder of the data. Other places need the caller's permission. */
import { realpath } from 'node:fs/promises'
import nodePath, { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isURL } from '../../../bytes/http/address'
import type { Reading, SkipReason } from '../../shard'
import type { ResolveImage } from '../records/to-record'
import { decoded, isAnchored, isInside, pathInside, staysInside } from './inside-folder.node.ts'
import { RefusedLocation } from '../records/refused-location'

export interface LocationOptions {
  /** The folder that relative paths start from, or a function that locates images. */
  readonly images?: string | ((path: string) => string)
  /** Whether to look for images in that folder by the last part of their name in the data. */
  readonly byName?: boolean
  /** Whether the data may name any file on this machine. */
  readonly absolutePaths?: boolean
}

/** Maximum length of an image in the data itself, as a `data:` URL. */
const longestDataURL = 64 * 1024 * 1024

const longestPath = 8192

const howToAllow = 'Allow it with the option absolutePaths (--allow-absolute) if you trust the data'

/** Resolves the names in a file. Data from a server can never reach local files by name. */
export function createResolver(file: string, { images, byName, absolutePaths = false }: LocationOptions): ResolveImage {
  if (typeof images === 'function') return ofCaller(images)
  if (byName && images !== undefined) return (path) => fileByName(path, images)
  const folder = images && isURL(images) ? images.replace(/\/?$/, '/') : images
  const base = folder ?? (isURL(file) ? file : dirname(file))
  return (path) => resolveLocation(path, base, absolutePaths && !isURL(file))
}

/** If the function fails on a path, only that sample is lost. */
function ofCaller(images: (path: string) => string): ResolveImage {
  return (path) => {
    try {
      return images(path)
    } catch (error) {
      throw refused(path, `the function images failed: ${(error as Error).message}`)
    }
  }
}

/** The path of an image that was downloaded from a URL, or moved. */
function fileByName(path: string, folder: string): string {
  const lastPart = (text: string) => text.split(/[/\\]/).at(-1)!
  const name = lastPart(path.replace(/[?#].*/s, ''))
  let decodedName = name
  try {
    // A name that contains a slash after decoding must not lead out of the folder.
    decodedName = lastPart(decodeURIComponent(name))
  } catch {
    // Percent signs that do not start a code belong to the name.
  }
  if (/^\.{0,2}$/.test(decodedName) || decodedName.includes('\0')) throw refused(path, 'it contains no file name')
  return join(folder, decodedName)
}

/**
 * @param base a folder, or the URL of the file that names the path
 * @throws RefusedLocation for a location that the data may not name
 */
export function resolveLocation(path: string, base: string, anywhere: boolean): string {
  if (path.startsWith('data:')) return checkDataURL(path)
  if (path.length > longestPath) throw refused(path, `it has ${path.length} characters`)
  if (path.includes('\0')) throw refused(path, 'it contains a NUL character')
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(path)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return checkURL(path)
  if (scheme === 'file') {
    if (!anywhere) throw refused(path, `expected a path inside the data's folder, or http(s). ${howToAllow}`)
    return pathOfFileURL(path)
  }
  if (scheme !== undefined && path.startsWith('//', scheme.length + 1)) {
    throw refused(path, `expected http(s); got ${scheme}:`)
  }
  return isURL(base) ? resolveURL(path, base) : resolvePath(path, base, anywhere)
}

function resolvePath(path: string, folder: string, anywhere: boolean): string {
  if (isAnchored(path)) {
    if (anywhere) return path
    throw refused(path, `expected a path inside ${folder}; it is absolute. ${howToAllow}`)
  }
  const found = anywhere ? join(folder, path.replaceAll('\\', '/')) : pathInside(folder, path, nodePath)
  if (found !== undefined) return found
  throw refused(
    path,
    `expected a path inside ${folder}; it leads out of it. Pass the folder of the images, or ${lower(howToAllow)}`,
  )
}

function resolveURL(path: string, base: string): string {
  const folder = new URL('.', base).href
  let found: URL
  try {
    found = new URL(path, base)
  } catch {
    throw refused(path, 'it is not an address')
  }
  if (found.href.startsWith(folder) && staysInside(decoded(path), nodePath.posix)) return found.href
  throw refused(path, `expected an address below ${folder.replace(/\?.*/s, '')}`)
}

function checkURL(path: string): string {
  if (URL.canParse(path)) return path
  throw refused(path, 'it is not an address')
}

function checkDataURL(path: string): string {
  if (path.length <= longestDataURL) return path
  throw refused(path, `it has ${path.length} characters; the limit is ${longestDataURL}`)
}

function pathOfFileURL(path: string): string {
  try {
    return fileURLToPath(path)
  } catch (error) {
    throw refused(path, (error as Error).message)
  }
}

function refused(path: string, why: string): RefusedLocation {
  return new RefusedLocation(`${JSON.stringify(path.slice(0, 120))}: ${why}.`)
}

function lower(sentence: string): string {
  return sentence[0]!.toLowerCase() + sentence.slice(1)
}

/** Whether a file of the folder is a link that leads out of it. Missing files count as inside. */
export function createLinkCheck(folder: string): (path: string) => Promise<boolean> {
  let realFolder: Promise<string> | undefined
  return async (path) => {
    realFolder ??= realpath(folder).catch(() => folder)
    const real = await realpath(path).catch(() => undefined)
    return real !== undefined && !isInside(await realFolder, real, nodePath)
  }
}

/** Readings whose images are in the folder. An image that is a link out of it is a problem. */
export async function* keepInside(
  readings: AsyncIterable<Reading>,
  folder: string,
  reason: SkipReason,
): AsyncGenerator<Reading> {
  const leadsOut = createLinkCheck(folder)
  for await (const reading of readings) {
    const image = 'record' in reading ? reading.record.image : undefined
    const isFile = typeof image === 'string' && !/^(https?|data):/i.test(image)
    if (!isFile || !(await leadsOut(image))) yield reading
    else {
      const message = `expected an image inside ${folder}; a link leads out of it. ${howToAllow}.`
      yield { problem: { reason, sample: image, message }, end: reading.end }
    }
  }
}
