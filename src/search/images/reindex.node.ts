/** Re-embeds all pictures of an index with another model. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isURL } from '../../bytes/http/address'
import { DreamLIPError } from '../../errors'
import { plural } from '../../plural'
import type { VectorStore } from '../vector-store'
import { readNotes } from './kept/notes.node.ts'
import { writeDescription, type IndexDescription } from './kept/index-description.node.ts'
import type { Listing } from './listing/found'
import { archiveOf } from './listing/inside.node.ts'
import { filesAt, forget, updateTwice, type AddImagesOptions } from './update/add-images.node.ts'
import { readKnownRows } from './update/known-rows'
import type { Updating } from './update/run.node.ts'

/**
 * Fills a new store with the pictures of the old one. The old index stays in use until the new one is complete; an interrupted run
 * resumes.
 * @param updating the new store, and its existing rows
 * @throws DreamLIPError `SOURCE_UNREADABLE` if pictures of the old index are missing; errors of the store and the model
 */
export async function reindex(
  folder: string,
  old: { readonly description: IndexDescription; readonly store: VectorStore },
  updating: Updating,
  next: IndexDescription,
  { missing = 'refuse', ...options }: AddImagesOptions,
): Promise<void> {
  const before = await readKnownRows(old.store, options.signal)
  const { listing, lost } = await listKnown([...before.byId.keys()])
  if (lost.length > 0 && missing === 'refuse') throw notThere(lost)
  const { problems } = await readNotes(join(folder, old.description.vectors))
  for (const [path, problem] of problems)
    if (!updating.notes.problems.has(path)) updating.notes.problems.set(path, problem)
  await updateTwice(updating, listing, options)
  await forget(
    updating,
    [...updating.rows.byId.keys()].filter((id) => !before.byId.has(id)),
  )
  await writeDescription(folder, next)
  await removeOthers(folder, next)
}

/** Removes vectors of earlier models and unfinished ones. Folders that cannot be removed now are removed later. */
async function removeOthers(folder: string, { vectors }: IndexDescription): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^vectors-[\w-]+$/.test(name) && name !== vectors) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

/** The current files of an index, and the missing ones. */
async function listKnown(ids: readonly string[]): Promise<{ listing: Listing; lost: string[] }> {
  const archives = new Set<string>()
  const urls: string[] = []
  const paths: string[] = []
  for (const id of ids) {
    const archive = await archiveOf(id)
    if (archive !== undefined) archives.add(archive)
    else (isURL(id) ? urls : paths).push(id)
  }
  const files = await filesAt(paths)
  const found = new Set(files.map(({ path }) => path))
  const lost = paths.filter((path) => !found.has(path))
  const listing = { files, urls, archives: [...archives], scopes: [], unread: [], folders: [], ignored: 0 }
  return { listing, lost }
}

function notThere(lost: readonly string[]): DreamLIPError {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${lost[0]}: this file and ${plural(lost.length - 1, 'other')} of the index are not there. Is a drive not mounted? Nothing was ` +
      "changed. To build the index without them, pass { missing: 'remove' } (--remove-missing).",
  )
}
