/** Updates an index whenever something in its folders changes. */
import { setTimeout as wait } from 'node:timers/promises'
import { DreamLIPError } from '../../../errors'
import { warn } from '../../../warn'
import type { Listing } from '../listing/found'
import type { AddImagesOptions, IndexCounts } from '../update/add-images.node.ts'
import { watchFolders } from './watch-folders.node.ts'

export interface WatchImagesOptions extends AddImagesOptions {
  /** How long to wait after the last change before updating, in ms; default 500. */
  readonly debounce?: number
  /** How often to list everything again, in ms, because some drives report no changes; default 5 minutes. */
  readonly interval?: number
  /** Called if an update fails because a folder is missing, or if changes are not reported. Default: a process warning. */
  readonly onWarning?: (message: string) => void
}

type Update = (
  inputs: readonly string[],
  options: AddImagesOptions,
) => Promise<{ readonly counts: IndexCounts; readonly listing: Listing }>

const msUntilRetry = 1000

export async function* keepUpToDate(
  update: Update,
  inputs: readonly string[],
  { debounce = 500, interval = 300_000, onWarning = warn, ...options }: WatchImagesOptions,
): AsyncGenerator<IndexCounts> {
  const { signal } = options
  const watching = watchFolders(onWarning)
  let isFirst = true
  try {
    while (!signal?.aborted) {
      const done = await update(inputs, options).catch((error: unknown) => explain(error, isFirst, signal))
      if (typeof done === 'object') {
        watching.follow(done.listing.folders)
        if (isFirst || hasChanges(done.counts)) yield done.counts
        isFirst = false
      } else if (done !== undefined) onWarning(done)
      if (done === undefined) await wait(msUntilRetry, undefined, { signal }).catch(() => undefined)
      else await watching.change(debounce, interval, signal)
    }
  } finally {
    watching.close()
  }
}

/** @returns a warning, or undefined if the update should be retried soon @throws errors that waiting cannot fix */
function explain(error: unknown, isFirst: boolean, signal: AbortSignal | undefined): string | undefined {
  if (signal?.aborted) return undefined
  if (!(error instanceof DreamLIPError)) throw error
  if (error.code === 'IN_USE') return undefined
  if (isFirst || error.code !== 'SOURCE_UNREADABLE') throw error
  return error.message
}

function hasChanges({ embedded, copied, removed, newProblems }: IndexCounts): boolean {
  return embedded + copied + removed + newProblems.length > 0
}
