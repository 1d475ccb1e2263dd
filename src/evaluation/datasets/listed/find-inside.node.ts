/** Finds files and folders of a data set among the places where people unpack them. */
import { join } from 'node:path'
import { exists } from '../../../bytes/read/exists.node.ts'
import { DreamLIPError } from '../../../errors'

/**
 * The first of several paths that exists in a folder.
 * @param needs a description of the data set's parts, for the message
 * @throws DreamLIPError `DATA_INVALID` if none exists
 */
export async function findInside(folder: string, candidates: readonly string[], needs: string): Promise<string> {
  const found = await findOptional(folder, candidates)
  if (found !== undefined) return found
  throw new DreamLIPError(
    'DATA_INVALID',
    `${folder}: expected ${candidates.join(' or ')}; found neither. It needs ${needs}.`,
  )
}

/** The first of several paths that exists in a folder; undefined if none does. */
export async function findOptional(folder: string, candidates: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    const path = join(folder, candidate)
    if (await exists(path)) return path
  }
  return undefined
}
