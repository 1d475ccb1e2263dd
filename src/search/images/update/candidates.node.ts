/** Chooses the items to examine: everything listed, except what is known to be unchanged. */
import type { RequestHeaders } from '../../../bytes/http/headers'
import { describeBytes } from '../../../bytes/read/stream-bytes.node.ts'
import { isImageProblem } from '../../../images/decode/image-problem'
import { DreamLIPError } from '../../../errors'
import type { Notes } from '../kept/notes.node.ts'
import { archiveMembers } from '../listing/archive-members.node.ts'
import type { FileState, FoundFile, Listing } from '../listing/found'
import { isWithin } from '../listing/inside.node.ts'
import { isUnchanged, type KnownRows } from './known-rows'

/** An item to examine. */
export type Candidate =
  | { readonly kind: 'file'; readonly file: FoundFile }
  | { readonly kind: 'address'; readonly id: string }
  | { readonly kind: 'member'; readonly id: string; readonly data: Uint8Array | string; readonly version: string }
  | { readonly kind: 'unreadable'; readonly id: string; readonly message: string }
  /** The end of an archive, after all its pictures. */
  | { readonly kind: 'end'; readonly id: string; readonly version: string }

/** The state of the index, to compare with a listing. */
export interface Known {
  readonly rows: KnownRows
  readonly notes: Notes
}

/** The files to read, and the number of unchanged ones. */
export interface Plan {
  readonly files: readonly FoundFile[]
  readonly unchanged: number
}

/** A file's version; a recorded problem applies only to this version. */
export function versionOf({ size, modified, changed }: FileState): string {
  return `${size} bytes, ${modified}, ${changed}`
}

/** The files that are new, changed or possibly changed. */
export function filesToRead({ files }: Listing, { rows, notes }: Known): Plan {
  let unchanged = 0
  const toRead = files.filter((file) => {
    if (notes.problems.get(file.path)?.version === versionOf(file)) return false
    const isSame = isUnchanged(rows.byId.get(file.path), file)
    if (isSame) unchanged++
    return !isSame
  })
  return { files: toRead, unchanged }
}

export interface CandidateOptions {
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  /** Called with counts of archive pictures: new ones, and those read before. */
  readonly onFound: (found: { readonly toRead: number; readonly unchanged: number }) => void
  /** Called with the id of each existing item. */
  readonly onSeen: (id: string) => void
}

/** Yields files first, then URLs, then archive members, which are held in memory. */
export async function* candidates(
  { unread, urls, archives }: Listing,
  plan: Plan,
  known: Known,
  options: CandidateOptions,
): AsyncGenerator<Candidate> {
  for (const { path, message } of unread) yield { kind: 'unreadable', id: path, message }
  for (const file of plan.files) yield { kind: 'file', file }
  for (const id of urls) {
    options.onSeen(id)
    yield { kind: 'address', id }
  }
  for (const archive of archives) yield* membersOf(archive, known, options)
}

async function* membersOf(archive: string, known: Known, options: CandidateOptions): AsyncGenerator<Candidate> {
  const { headers, signal, onFound, onSeen } = options
  const before = [...known.rows.byId.keys(), ...known.notes.problems.keys()].filter((id) => isWithin(archive, id))
  try {
    const described = await describeBytes(archive, { headers, signal })
    const { version } = described
    if (known.notes.versions.get(archive) === version) {
      before.forEach(onSeen)
      return onFound({ toRead: 0, unchanged: before.filter((id) => known.rows.byId.has(id)).length })
    }
    for await (const { id, data } of archiveMembers(archive, described, { headers, signal })) {
      onFound({ toRead: 1, unchanged: 0 })
      onSeen(id)
      yield { kind: 'member', id, data, version }
    }
    yield { kind: 'end', id: archive, version }
  } catch (error) {
    signal?.throwIfAborted()
    const isOfArchive = isImageProblem(error) || (error instanceof DreamLIPError && error.code === 'DATA_INVALID')
    if (!isOfArchive) throw error
    ;[archive, ...before].forEach(onSeen) // an unreadable archive is not deleted
    yield { kind: 'unreadable', id: archive, message: error.message }
  }
}
