/** Brings an index up to date with the caller's inputs, and removes deleted pictures. */
import { readdir, stat } from 'node:fs/promises'
import { isURL } from '../../../bytes/http/address'
import { DreamLIPError } from '../../../errors'
import { plural } from '../../../plural'
import {
  problemReasons,
  writeNotes,
  type ImageProblem,
  type KeptProblem,
  type ProblemReason,
} from '../kept/notes.node.ts'
import type { FoundFile, Listing, Scope } from '../listing/found'
import { isWithin } from '../listing/inside.node.ts'
import { listInputs } from '../listing/list-inputs.node.ts'
import { isMissing, stateOf } from '../listing/walk-folder.node.ts'
import { goneFrom, vanished } from './gone.node.ts'
import type { Tally, Updating } from './run.node.ts'
import { updateIndex, type UpdateOptions } from './update-index.node.ts'

/** What to do if an input does not exist or is an empty folder, although the index has pictures from it. */
export type MissingInput = 'refuse' | 'remove'

export interface AddImagesOptions extends UpdateOptions {
  /**
   * `refuse` (default): the call rejects and nothing changes, because a drive may not be mounted. `remove`: the pictures are
   * removed from the index.
   */
  readonly missing?: MissingInput
}

/** The result of `add`. */
export interface IndexCounts {
  /** Pictures that were found and are now in the index. */
  readonly files: number
  /** Pictures that were already in the index and have not changed. */
  readonly unchanged: number
  /** Pictures that the model embedded. */
  readonly embedded: number
  /** Pictures that reused the vector of identical contents: moved and renamed files, and duplicates. */
  readonly copied: number
  /** Pictures removed from the index, because their files were deleted or are now broken. */
  readonly removed: number
  /** Files that are not pictures. */
  readonly ignored: number
  /** Pictures that were found but cannot be read, counted by reason. */
  readonly problems: Readonly<Record<ProblemReason, number>>
  /** The first 100 new problems. */
  readonly newProblems: readonly ImageProblem[]
}

/** Maximum passes over files that change while they are read. */
const mostPasses = 3
const mostNamed = 100

/**
 * @param skipped folders that are not listed
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an input that matches nothing; errors of the store and the model; the signal's
 *   reason
 */
export async function addImages(
  updating: Updating,
  inputs: readonly string[],
  skipped: readonly string[],
  { missing = 'refuse', ...options }: AddImagesOptions,
): Promise<{ readonly counts: IndexCounts; readonly listing: Listing }> {
  const { rows, notes } = updating
  const { signal, onProgress } = options
  const onFound = (done: number) => onProgress?.({ stage: 'files', done, total: NaN })
  const listing = await listInputs(inputs, { skipped, signal, onFound })
  const known = () => [...rows.byId.keys(), ...notes.problems.keys()]
  if (missing === 'refuse') refuseMissing(listing.scopes, known())
  const tally = await updateTwice(updating, listing, options)
  const gone = await goneFrom(known(), listing, tally.seen)
  if (missing === 'refuse') await checkStillThere(listing, gone)
  const removed = tally.removed + (await forget(updating, gone))
  const problems = [...notes.problems.values()].filter(({ path }) =>
    listing.scopes.some((scope) => isWithin(scope.path, path)),
  )
  const { unchanged, embedded, copied, newProblems } = tally
  const files = unchanged + embedded + copied
  const named = newProblems.slice(0, mostNamed).map(toProblem)
  const { ignored } = listing
  const counts = {
    files,
    unchanged,
    embedded,
    copied,
    removed,
    ignored,
    problems: countByReason(problems),
    newProblems: named,
  }
  return { counts, listing }
}

/** Updates the index, then reads files again that changed meanwhile. */
export async function updateTwice(updating: Updating, listing: Listing, options: UpdateOptions): Promise<Tally> {
  const tally = await updateIndex(updating, listing, options)
  for (let pass = 1; pass < mostPasses && tally.changed.length > 0; pass++) {
    const again = await filesAt(tally.changed.splice(0))
    const more = await updateIndex(updating, { ...listing, ...onlyFiles, files: again }, options)
    tally.embedded += more.embedded
    tally.copied += more.copied
    tally.removed += more.removed
    tally.newProblems.push(...more.newProblems)
    tally.changed.push(...more.changed)
  }
  return tally
}

const onlyFiles = { urls: [], archives: [], unread: [] }

/** The current state of files, without missing ones. */
export async function filesAt(paths: readonly string[]): Promise<FoundFile[]> {
  const files: FoundFile[] = []
  for (const path of paths) {
    const stats = await stat(path).catch(() => undefined)
    if (stats?.isFile()) files.push({ path, ...stateOf(stats) })
  }
  return files
}

/** Removes rows, problems and versions. @returns the number of rows removed */
export async function forget({ folder, store, rows, notes }: Updating, ids: readonly string[]): Promise<number> {
  const inStore = ids.filter((id) => rows.byId.has(id))
  const removed = inStore.length === 0 ? 0 : await store.remove(inStore)
  for (const id of inStore) {
    rows.release(id)
    rows.byId.delete(id)
  }
  const problems = ids.filter((id) => notes.problems.delete(id))
  const gone = new Set(ids)
  const versions = [...notes.versions.keys()].filter((location) => gone.has(location) || holdsOne(location, ids))
  versions.forEach((location) => notes.versions.delete(location))
  if (problems.length + versions.length > 0) await writeNotes(folder, notes)
  return removed
}

/** Whether an archive contains one of these members; if so, the next `add` reads it again. */
function holdsOne(location: string, ids: readonly string[]): boolean {
  return ids.some((id) => id.length > location.length && isWithin(location, id))
}

function refuseMissing(scopes: readonly Scope[], known: readonly string[]): void {
  const [lost] = vanished(known, scopes)
  if (lost) throw lostFolder(lost, known)
  const nothing = scopes.find(({ isMissing, isEmpty }) => isMissing && !isEmpty)
  if (!nothing) return
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${nothing.input}: no file, folder or pattern matches it. Check the path.`,
  )
}

/** Checks that no drive was removed during listing: then its files, found or not, would no longer exist. */
async function checkStillThere({ scopes, files }: Listing, gone: readonly string[]): Promise<void> {
  const all = [...files.map(({ path }) => path), ...gone]
  for (const scope of scopes) {
    const inside = isURL(scope.path) ? [] : all.filter((path) => isWithin(scope.path, path))
    if (inside.length === 0) continue
    const names = await readdir(scope.path).catch((error: NodeJS.ErrnoException) => (isMissing(error) ? [] : undefined))
    const isFile = await stat(scope.path).then(
      (stats) => stats.isFile(),
      () => false,
    )
    if (names?.length === 0 && !isFile) throw lostFolder(scope, inside)
  }
}

function lostFolder({ input, path }: Scope, known: readonly string[]): DreamLIPError {
  const count = known.filter((id) => isWithin(path, id)).length
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${input}: nothing is there, but the index has ${plural(count, 'picture')} of it. Is a drive not mounted? Nothing was ` +
      "changed. To remove these pictures from the index, pass { missing: 'remove' } (--remove-missing).",
  )
}

/** Counts problems by reason. */
export function countByReason(problems: readonly ImageProblem[]): Record<ProblemReason, number> {
  const counts = Object.fromEntries(problemReasons.map((reason) => [reason, 0])) as Record<ProblemReason, number>
  for (const { reason } of problems) counts[reason]++
  return counts
}

/** Drops the fields that only the index uses. */
export function toProblem({ path, reason, message }: KeptProblem): ImageProblem {
  return { path, reason, message }
}
