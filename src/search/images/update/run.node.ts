/** The state of an update: rows not yet written, and counts so far. */
import type { DreamLIP } from '../../../dreamlip'
import type { VectorStore } from '../../vector-store'
import { writeNotes, type KeptProblem, type Notes } from '../kept/notes.node.ts'
import type { EmbeddedWindow } from './embed-window.node.ts'
import type { Picture } from './examine.node.ts'
import type { KnownRows } from './known-rows'
import { createPending } from './pending.node.ts'
import type { Entry, Placed } from './windows.node.ts'

/** An index being updated. */
export interface Updating {
  /** The folder of the notes. */
  readonly folder: string
  readonly store: VectorStore
  readonly model: DreamLIP
  readonly rows: KnownRows
  readonly notes: Notes
}

/** The counts of an update so far. */
export interface Tally {
  unchanged: number
  embedded: number
  copied: number
  removed: number
  readonly newProblems: KeptProblem[]
  /** Existing pictures besides the listed files: archive members and URLs. */
  readonly seen: Set<string>
  /** Files that changed while they were read. */
  readonly changed: string[]
}

/** Rows are also written once this many are waiting. */
const mostPending = 8192

/** An update in progress. */
export interface Run {
  readonly tally: Tally
  /** Adds a window's pictures to the waiting rows, and writes them when due. */
  take(window: EmbeddedWindow): Promise<void>
  /** Writes the waiting rows. @throws DreamLIPError `WRITE_FAILED` */
  commit(): Promise<void>
}

/**
 * @param addresses ids whose versions are recorded
 * @param commitEvery how often rows are written, in ms
 */
export function createRun(
  { folder, store, rows, notes }: Updating,
  addresses: ReadonlySet<string>,
  commitEvery = 3000,
): Run {
  const pending = createPending()
  const failures = new Map<string, KeptProblem>()
  const ended: (readonly [location: string, version: string])[] = []
  const broken = new Set<string>()
  let committed = performance.now()
  let hasNews = false
  const tally: Tally = {
    unchanged: 0,
    embedded: 0,
    copied: 0,
    removed: 0,
    newProblems: [],
    seen: new Set(),
    changed: [],
  }

  const fail = (problem: KeptProblem) => {
    if (notes.problems.get(problem.path)?.version !== problem.version) tally.newProblems.push(problem)
    notes.problems.set(problem.path, problem)
    hasNews = true
    // An unreadable file may become readable later, so its row stays.
    if (problem.reason !== 'unreadable' && rows.byId.has(problem.path)) broken.add(problem.path)
  }
  const commit = async () => {
    for (const { id, hash, size, modified, indexed } of await pending.write(store)) {
      rows.byId.set(id, { size, modified, indexed, hash })
      rows.keep(id, hash)
    }
    if (broken.size > 0) {
      tally.removed += await store.remove([...broken])
      for (const id of broken) {
        rows.release(id)
        rows.byId.delete(id)
      }
      broken.clear()
    }
    for (const [location, version] of ended.splice(0)) notes.versions.set(location, version)
    if (hasNews) await writeNotes(folder, notes)
    hasNews = false
    committed = performance.now()
  }
  const note = (location: string, version: string) => {
    ended.push([location, version])
    hasNews = true
  }
  const keep = (picture: Picture, vector: Float32Array) => {
    pending.add(picture, vector)
    if (notes.problems.delete(picture.id)) hasNews = true
  }
  const copies = async (entries: readonly Placed[]) => {
    const ids = entries.map(({ picture, origin }) =>
      origin.from === 'store' ? origin.id : rows.withHash(picture.hash),
    )
    const known = [...new Set(ids.filter((id) => id !== undefined))]
    const vectors = known.length === 0 ? new Float32Array() : await store.vectors(known)
    return new Map(known.map((id, i) => [id, vectors.slice(i * store.width, (i + 1) * store.width)]))
  }
  return { tally, take, commit }

  async function take({ entries, embedded }: EmbeddedWindow): Promise<void> {
    const copied = await copies(entries.filter(isCopy))
    for (const entry of entries) {
      if ('unchanged' in entry) tally.unchanged += entry.unchanged ? 1 : 0
      else if ('problem' in entry) fail(entry.problem)
      else if ('end' in entry) note(entry.end, entry.version)
      else place(entry, embedded, copied)
    }
    if (pending.size >= mostPending || performance.now() - committed > commitEvery) await commit()
  }

  function place(entry: Placed, embedded: EmbeddedWindow['embedded'], copied: ReadonlyMap<string, Float32Array>): void {
    const { picture, origin } = entry
    const { id, hash, version } = picture
    if (origin.from === 'model') {
      const result = embedded[origin.index]!
      if ('vector' in result) {
        keep(picture, result.vector)
        tally.embedded++
      } else if ('problem' in result) {
        failures.set(hash, result.problem)
        fail(result.problem)
      } else tally.changed.push(id)
    } else {
      const source = origin.from === 'store' ? origin.id : rows.withHash(hash)
      const vector = pending.withHash(hash) ?? (source === undefined ? undefined : copied.get(source))
      const failure = failures.get(hash)
      if (vector) {
        keep(picture, vector)
        if (source === id) tally.unchanged++
        else tally.copied++
      } else if (failure) fail({ ...failure, path: id, version })
      else tally.changed.push(id)
    }
    if (addresses.has(id)) note(id, version)
  }
}

const isCopy = (entry: Entry): entry is Placed => 'origin' in entry && entry.origin.from !== 'model'
