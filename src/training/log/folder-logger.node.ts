/** A run's metrics as files in a folder: JSON lines, and TensorBoard's event files. */
import { join } from 'node:path'
import { checkPath } from '../../check-arguments'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { appendBytes, listFiles, readBytes, removeFile, truncateFile } from '../folder/files.node.ts'
import { eventsUpTo, scalarsRecord, versionRecord } from './event-file'
import type { Logger } from './logger'
import { linesUpTo } from './metrics-lines'

/** Matches only event files that this logger wrote: those of other programs are left alone. */
const eventFile = /^events\.out\.tfevents\.\d+\.[0-9a-f]{8}$/

/**
 * Logs into a folder: `metrics.jsonl`, one JSON object per line, and an event file for TensorBoard. A resumed run appends to the
 * first and starts another event file. It repeats the steps after the last checkpoint: `rewind` removes them from both kinds
 * of files, so that each step is logged once. Node only.
 * @throws DreamLIPError `INVALID_ARGUMENT`; its methods throw `WRITE_FAILED` for a folder that cannot be written
 */
export function createFolderLogger(folder: string): Logger {
  checkPath('folder', folder)
  const metrics = join(folder, 'metrics.jsonl')
  let events: string | undefined
  /** The names of the values already logged at the step that the run resumes from: its evaluation may be repeated. */
  let last: { readonly step: number; readonly names: ReadonlySet<string> } | undefined
  return {
    async log(step, values) {
      if (step === last?.step && last.names.has(Object.keys(values).join())) return
      const seconds = Date.now() / 1000
      if (events === undefined) {
        await makeFolder(folder)
        events = join(folder, `events.out.tfevents.${Math.floor(seconds)}.${crypto.randomUUID().slice(0, 8)}`)
        await appendBytes(events, versionRecord(seconds))
      }
      await appendBytes(events, scalarsRecord(seconds, step, values))
      await appendBytes(metrics, `${JSON.stringify({ step, ...jsonSafe(values) })}\n`)
    },
    async rewind(step) {
      const lines = await readBytes(metrics)
      if (lines) {
        const { length, namesAtStep } = linesUpTo(lines, step)
        last = { step, names: namesAtStep }
        if (length < lines.length) await truncateFile(metrics, length)
      }
      for (const name of (await listFiles(folder)).filter((file) => eventFile.test(file))) {
        await rewindEvents(join(folder, name), step)
      }
    },
  }
}

async function rewindEvents(path: string, step: number): Promise<void> {
  const bytes = await readBytes(path)
  if (!bytes) return
  const { length, hasSteps } = eventsUpTo(bytes, step)
  if (!hasSteps) await removeFile(path)
  else if (length < bytes.length) await truncateFile(path, length)
}

/** JSON has no NaN and no infinity: they are written as text. */
function jsonSafe(values: Readonly<Record<string, number>>): Record<string, number | string> {
  const entries = Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)])
  return Object.fromEntries(entries) as Record<string, number | string>
}
