/** Brings an index up to date with the caller's inputs, and removes what was deleted. */
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

/** What happens if a folder or file that was given does not exist, or a folder is empty, although the index has pictures of it. */
export type MissingInput = 'refuse' | 'remove'

export interface AddImagesOptions extends UpdateOptions {
  /**
   * `refuse` (default): the call rejects and nothing changes, because a drive may not be mounted. `remove`: the pictures leave the
   * index.
   */
  readonly missing?: MissingInput
}

/** What `add` has done. */
export interface IndexCounts {
  /** Pictures that were found and are in the index now. */
  readonly files: number
  /** Those that were in the index and have not changed. */
  readonly unchanged: number
  /** Those that went through the model. */
  readonly embedded: number
  /** Those that got the vector of a picture with the same contents: moved files, renamed ones and duplicates. */
  readonly copied: number
  /** Pictures that left the index, because their files were deleted or are broken now. */
  readonly removed: number
  /** Files that are not pictures. */
  readonly ignored: number
  /** How many of the pictures that were found cannot be read, by reason. */
  readonly problems: Readonly<Record<ProblemReason, number>>
  /** Those that were not known before: the first 100 of them. */
  readonly newProblems: readonly ImageProblem[]
}

/** Files that change while they are read are read again this often. */
const mostPasses = 3
const mostNamed = 100

/**
 * @param skipped folders that are not listed
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an input that leads to nothing; errors of the store and the model; the signal's reason
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

/** Updates, and reads again what changed in the meantime. */
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

/** The state of files now; without those that are gone. */
export async function filesAt(paths: readonly string[]): Promise<FoundFile[]> {
  const files: FoundFile[] = []
  for (const path of paths) {
    const stats = await stat(path).catch(() => undefined)
    if (stats?.isFile()) files.push({ path, ...stateOf(stats) })
  }
  return files
}

/** Removes rows, problems and versions. @returns how many rows there were */
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

/** Whether an archive has one of the members: it is then read again when it is next added. */
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

/** A drive may have been removed while it was listed: its files, found or not, are then not there any more. */
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

/** How many problems there are, by reason. */
export function countByReason(problems: readonly ImageProblem[]): Record<ProblemReason, number> {
  const counts = Object.fromEntries(problemReasons.map((reason) => [reason, 0])) as Record<ProblemReason, number>
  for (const { reason } of problems) counts[reason]++
  return counts
}

/** Without what is for the index alone. */
export function toProblem({ path, reason, message }: KeptProblem): ImageProblem {
  return { path, reason, message }
}
