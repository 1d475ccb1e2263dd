/** Where a run's numbers go. */
import { checkPath } from '../check-arguments'
import { appendBytes, joinPath, makeFolder } from '#training/files'
import { scalarsRecord, versionRecord } from './event-file'

/** Takes the numbers of a step. */
export interface Logger {
  log(step: number, values: Readonly<Record<string, number>>): Promise<void>
}

/**
 * Logs into a folder: `metrics.jsonl`, one JSON object a line, and a file for TensorBoard. A run that goes on adds to the first
 * and begins another of the second.
 * @throws DreamLIPError `WRITE_FAILED` (when it logs) for a folder that cannot be written
 */
export function createFolderLogger(folder: string): Logger {
  checkPath('folder', folder)
  let events: string | undefined
  return {
    async log(step, values) {
      const seconds = Date.now() / 1000
      if (events === undefined) {
        await makeFolder(folder)
        events = joinPath(folder, `events.out.tfevents.${Math.floor(seconds)}.${crypto.randomUUID().slice(0, 8)}`)
        await appendBytes(events, versionRecord(seconds))
      }
      await appendBytes(events, scalarsRecord(seconds, step, values))
      await appendBytes(joinPath(folder, 'metrics.jsonl'), `${JSON.stringify({ step, ...jsonSafe(values) })}\n`)
    },
  }
}

/** JSON has no NaN: it is written as text. */
function jsonSafe(values: Readonly<Record<string, number>>): Record<string, number | string> {
  const entries = Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)])
  return Object.fromEntries(entries) as Record<string, number | string>
}
