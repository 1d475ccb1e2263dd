/** The settings that must stay the same for a run to resume: data, batch size and trained parameters. */
import { DreamLIPError } from '../../errors'

export interface RunIdentity {
  /** The fingerprint of the data. */
  readonly data: string
  readonly batchSize: number
  /** The names of the trained parameters, in PyTorch's order. */
  readonly trained: readonly string[]
}

/** @throws DreamLIPError `DATA_CHANGED` naming the first difference */
export function checkSameRun(file: string, saved: RunIdentity, now: RunIdentity): void {
  const difference = differenceOf(saved, now)
  if (difference === undefined) return
  throw new DreamLIPError(
    'DATA_CHANGED',
    `${file}: the run started with ${difference}. ` +
      'Resume with what the run started with, or start a new run in another folder from DreamLIP.load(checkpoint).',
  )
}

function differenceOf(saved: RunIdentity, now: RunIdentity): string | undefined {
  if (saved.data !== now.data) return `other data: ${saved.data}; now ${now.data}`
  if (saved.batchSize !== now.batchSize) return `another batch size: ${saved.batchSize}; now ${now.batchSize}`
  const added = now.trained.filter((name) => !saved.trained.includes(name))
  const gone = saved.trained.filter((name) => !now.trained.includes(name))
  const parts = [listed('now also', added), listed('now without', gone)].filter((part) => part !== '')
  return parts.length > 0 ? `other trained parameters: ${parts.join(', ')}` : undefined
}

/** The first few names, and how many others there are. */
function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${what} ${names.slice(0, 3).join(', ')}${more}`
}
