/** Brings an index up to date with a listing. */
import { mapAhead } from '../../../concurrency/map-ahead'
import type { RequestHeaders } from '../../../bytes/http/headers'
import type { DecodeMode } from '../../../images/decode/decode-mode'
import type { Progress } from '../../../progress'
import type { Listing } from '../listing/found'
import { candidates, filesToRead, type Candidate, type Known } from './candidates.node.ts'
import { embedWindow } from './embed-window.node.ts'
import { examine } from './examine.node.ts'
import { createRun, type Tally, type Updating } from './run.node.ts'
import { windows } from './windows.node.ts'

export interface UpdateOptions {
  /** Sent with requests for images and archives at URLs, such as `Authorization`. */
  readonly headers?: RequestHeaders
  /** Images embedded at once; default 8. */
  readonly batchSize?: number
  /** How large photographs are decoded; default `fast`, which takes a fraction of the time of `exact` (docs/images.md). */
  readonly decode?: DecodeMode
  /** How often embeddings are written, in ms. A kill loses no more than this. Default 3000. */
  readonly commitEvery?: number
  readonly signal?: AbortSignal
  /** Called with `stage: 'files'` while folders are listed, and with `'images'` for pictures that are new or may have changed. */
  readonly onProgress?: (progress: Progress) => void
}

/** Files hashed ahead of the model. */
const examinedAhead = 8

/** The target duration of a window: the model is never short of pictures, and commits come in time. */
const windowMs = 1500
const [leastWindow, mostWindow] = [8, 256]

/** Embeds and stores the new and changed pictures of a listing. @throws errors of the store and the model; the signal's reason */
export async function updateIndex(updating: Updating, listing: Listing, options: UpdateOptions): Promise<Tally> {
  const { model, rows, notes } = updating
  const { signal, headers, batchSize, decode = 'fast', onProgress } = options
  const plan = filesToRead(listing, { rows, notes })
  const run = createRun(updating, new Set(listing.urls), options.commitEvery)
  const { tally } = run
  tally.unchanged = plan.unchanged
  let [done, total] = [0, plan.files.length + listing.urls.length]
  let size = leastWindow
  const found = ({ toRead, unchanged }: { toRead: number; unchanged: number }) => {
    total += toRead
    tally.unchanged += unchanged
  }
  const known: Known = { rows, notes }
  const onSeen = (id: string) => tally.seen.add(id)
  const toExamine = candidates(listing, plan, known, { headers, signal, onFound: found, onSeen })
  const versionOf = (id: string) => notes.versions.get(id)
  const examineOne = (candidate: Candidate) => examine(candidate, { headers, signal, versionOf })
  const groups = windows(mapAhead(toExamine, examinedAhead, examineOne), {
    rows,
    size: () => size,
    asked: new Set(),
  })
  try {
    let last = performance.now()
    for await (const window of mapAhead(groups, 2, (group) =>
      embedWindow(model, group, { batchSize, decode, signal }),
    )) {
      signal?.throwIfAborted()
      await run.take(window)
      const now = performance.now()
      if (now - last > 2 * windowMs) size = Math.max(leastWindow, size >> 1)
      else if (now - last < windowMs / 2) size = Math.min(mostWindow, size << 1)
      last = now
      done += window.entries.filter((entry) => !('end' in entry)).length
      onProgress?.({ stage: 'images', done: Math.min(done, total), total })
    }
    signal?.throwIfAborted()
  } catch (error) {
    if (signal?.aborted) await run.commit() // keeps the embeddings so far
    throw error
  }
  await run.commit()
  return tally
}
