/** Where a run's numbers go. */
import { checkPath } from '../../check-arguments'
import { appendBytes, joinPath, listFiles, makeFolder, readBytes, removeFile, truncateFile } from '#training/files'
import { eventsUpTo, scalarsRecord, versionRecord } from './event-file'
import { linesUpTo } from './metrics-lines'

/** Takes the numbers of a step. */
export interface Logger {
  log(step: number, values: Readonly<Record<string, number>>): Promise<void>
  /** Forgets what was logged beyond a step. Called when a run begins (0), and when it goes on from a checkpoint. */
  rewind?(step: number): Promise<void>
}

/** Our event files; those of other programs are left alone. */
const eventFile = /^events\.out\.tfevents\.\d+\.[0-9a-f]{8}$/

/**
 * Logs into a folder: `metrics.jsonl`, one JSON object a line, and a file for TensorBoard. A run that goes on adds to the first
 * and begins another of the second. Steps that a killed run took after its last checkpoint are taken again: `rewind` removes
 * them from both, so that each is there once.
 * @throws DreamLIPError `WRITE_FAILED` (when it logs) for a folder that cannot be written
 */
export function createFolderLogger(folder: string): Logger {
  checkPath('folder', folder)
  const metrics = joinPath(folder, 'metrics.jsonl')
  let events: string | undefined
  /** What was logged of the step that the run goes on from: an evaluation there may come again. */
  let last: { readonly step: number; readonly names: ReadonlySet<string> } | undefined
  return {
    async log(step, values) {
      if (step === last?.step && last.names.has(Object.keys(values).join())) return
      const seconds = Date.now() / 1000
      if (events === undefined) {
        await makeFolder(folder)
        events = joinPath(folder, `events.out.tfevents.${Math.floor(seconds)}.${crypto.randomUUID().slice(0, 8)}`)
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
        await rewindEvents(joinPath(folder, name), step)
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

/** JSON has no NaN: it is written as text. */
function jsonSafe(values: Readonly<Record<string, number>>): Record<string, number | string> {
  const entries = Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)])
  return Object.fromEntries(entries) as Record<string, number | string>
}
