/** The image files in a folder of a data set, and the folders that it must have. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPlatformJunk } from '../../../../data/readers/locations/platform-junk'
import { DreamLIPError } from '../../../../errors'
import { unreadable } from '../../../../bytes/read/regular-file.node.ts'

const imageName = /\.(?:jpe?g|png|webp|gif|avif|tiff?|bmp|heic|heif|ppm|pgm)$/i

export interface FilesOfFolder {
  /** Paths relative to the folder, with slashes, sorted. */
  readonly images: readonly string[]
  readonly others: readonly string[]
}

/** All files below a folder, without those that operating systems create. */
export async function filesOf(folder: string, signal?: AbortSignal): Promise<FilesOfFolder> {
  const { glob } = await import('tinyglobby') // only this function needs it
  const found = await glob('**/*', { cwd: folder, dot: false, caseSensitiveMatch: true, signal })
  signal?.throwIfAborted()
  const paths = found.map((path) => path.replaceAll('\\', '/')).filter((path) => !isPlatformJunk(path))
  paths.sort()
  return { images: paths.filter((path) => imageName.test(path)), others: paths.filter((path) => !imageName.test(path)) }
}

/** The names of the folders in a folder; an empty list if there is no such folder. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const isFolder = (entry: (typeof entries)[number]) => entry.isDirectory() || entry.isSymbolicLink()
  return entries
    .filter(isFolder)
    .map(({ name }) => name)
    .filter((name) => !isPlatformJunk(name))
    .sort()
}

/**
 * The path of the first candidate for which `isThere` holds.
 * @param candidates paths relative to the folder
 * @param needs a description of the folder's expected contents
 * @throws DreamLIPError `DATA_INVALID` if none is there, `SOURCE_UNREADABLE` if the folder cannot be listed
 */
export async function firstThere(
  folder: string,
  candidates: readonly string[],
  isThere: (path: string) => Promise<boolean>,
  needs: string,
): Promise<string> {
  for (const candidate of candidates) {
    const path = join(folder, candidate)
    if (await isThere(path)) return path
  }
  throw await layoutMissing(folder, needs)
}

/** The error for a folder without the files of a data set. */
export async function layoutMissing(folder: string, needs: string): Promise<DreamLIPError> {
  let names: string[]
  try {
    names = (await readdir(folder)).sort()
  } catch (error) {
    return unreadable(folder, error) as DreamLIPError
  }
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
  return new DreamLIPError(
    'DATA_INVALID',
    `${folder}: expected ${needs}; found ${names.length === 0 ? 'an empty folder' : shown}.`,
  )
}
