/** Runs changes to an index one after another, and locks out other programs. */
import { join } from 'node:path'
import { lockFolder } from '../../bytes/write/file-lock.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import type { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import type { VectorStore } from '../vector-store'
import {
  readDescription,
  writeDescription,
  type IndexDescription,
  type IndexModel,
} from './kept/index-description.node.ts'
import { readNotes } from './kept/notes.node.ts'
import { readKnownRows } from './update/known-rows'
import type { Updating } from './update/run.node.ts'

export interface ChangedIndex {
  readonly folder: string
  readonly description: IndexDescription
  readonly store: VectorStore
  readonly model: DreamLIP
}

export interface Changes {
  /**
   * Runs a change after this program's earlier ones.
   * @throws DreamLIPError `IN_USE` if another program changes the index, `INDEX_MISMATCH` if it now belongs to another model
   */
  <T>(work: (updating: Updating) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Waits for all changes. */
  idle(): Promise<void>
}

export function createChanges({ folder, description, store, model }: ChangedIndex): Changes {
  const notesFolder = join(folder, description.vectors)
  let last: Promise<unknown> = Promise.resolve()
  const idle = () => last.then(ignore, ignore)
  const run = async <T>(work: (updating: Updating) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted()
    await makeFolder(notesFolder)
    const release = await lockFolder(folder)
    try {
      const now = await readDescription(folder)
      if (!now) await writeDescription(folder, description)
      else if (now.vectors !== description.vectors) throw otherModel(folder, now.model, description.model)
      const [rows, notes] = [await readKnownRows(store, signal), await readNotes(notesFolder)]
      return await work({ folder: notesFolder, store, model, rows, notes })
    } finally {
      await release()
    }
  }
  const change = <T>(work: (updating: Updating) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const result = idle().then(() => run(work, signal))
    last = result
    return result
  }
  return Object.assign(change, { idle })
}

function ignore(): void {
  // The error went to that change's caller.
}

/** The error for an index built with another model. */
export function otherModel(folder: string, found: IndexModel, expected: IndexModel): DreamLIPError {
  const [theirs, ours] = [found, expected].map(({ name, fingerprint }) => `'${name}' (${fingerprint.slice(0, 12)})`)
  return new DreamLIPError(
    'INDEX_MISMATCH',
    `${folder}: expected an index of the model ${ours}; it is of ${theirs}. Vectors of different models cannot be compared: ` +
      'use that model, another folder, or { reindex: true } (--reindex), which embeds all its pictures again.',
  )
}
