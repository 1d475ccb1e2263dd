/** Finds the images that a list names, in their folder. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { resolveLocation } from '../../../data/readers/locations/image-location.node.ts'
import { RefusedLocation } from '../../../data/readers/records/refused-location'
import type { DataProblem } from '../data-set'

export interface NamedFile {
  /** The image's name in messages. */
  readonly id: string
  /** Its path, relative to the folder of the images. */
  readonly file: string
}

/**
 * The paths of images, in order. Those that are missing, and those whose path leads out of the folder, are added to `problems` and
 * get a path that cannot be opened.
 * @throws the signal's reason when aborted
 */
export async function locateImages(
  folder: string,
  named: readonly NamedFile[],
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<string[]> {
  const listings = new Map<string, Promise<ReadonlySet<string>>>()
  const filesIn = (path: string) => {
    const known =
      listings.get(path) ??
      readdir(path).then(
        (names) => new Set(names),
        () => new Set<string>(),
      )
    listings.set(path, known)
    return known
  }
  const paths: string[] = []
  for (const { id, file } of named) {
    signal?.throwIfAborted()
    const path = pathOf(folder, file)
    if (path instanceof RefusedLocation) {
      problems.push({ item: id, reason: 'image-refused', message: `${id}: ${path.message}` })
      paths.push(join(folder, encodeURIComponent(file)))
      continue
    }
    paths.push(path)
    if (!(await filesIn(dirname(path))).has(basename(path))) {
      problems.push({ item: id, reason: 'image-missing', message: `${id}: ${path} does not exist.` })
    }
  }
  return paths
}

function pathOf(folder: string, file: string): string | RefusedLocation {
  if (/^[a-z][a-z0-9+.-]+:/i.test(file)) return new RefusedLocation(`${file.slice(0, 120)}: expected a path.`)
  try {
    return resolveLocation(file, folder, false)
  } catch (error) {
    if (error instanceof RefusedLocation) return error
    throw error
  }
}
