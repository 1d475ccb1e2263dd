/** A checkpoint's record of its run, stored as JSON beside the tensors: its progress, and the data that it was trained on. */
import type { DataPosition } from '../../data/loader/training-batch'
import { DreamLIPError } from '../../errors'
import type { RunIdentity } from './run-identity'

/** The progress of a run. */
export interface RunProgress {
  /** Steps taken, skipped ones included. */
  readonly step: number
  /** Updates of the weights. */
  readonly updates: number
  /** Updates of the training that this run continues; left out if it continues none. */
  readonly updatesBefore?: number
  readonly position: DataPosition
  /** Steps whose gradient was NaN or infinite. */
  readonly skippedSteps: number
  /** Samples that were left out. */
  readonly skippedSamples: number
  /** The step of the last evaluation; 0 before the first one. */
  readonly evaluatedStep: number
  /** The last step's loss; NaN before the first step. */
  readonly loss: number
}

/** The progress of a new run. */
export const noProgress: RunProgress = {
  step: 0,
  updates: 0,
  position: { epoch: 0, sample: 0 },
  skippedSteps: 0,
  skippedSamples: 0,
  evaluatedStep: 0,
  loss: NaN,
}

/** A run's progress and identity. */
export interface RunRecord {
  readonly progress: RunProgress
  readonly identity: RunIdentity
}

export function writeRunRecord({ progress, identity }: RunRecord): string {
  return JSON.stringify({ ...progress, ...identity })
}

/**
 * Reads a record from a file that may come from anywhere.
 * @param step the step in the file's name
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file that no run wrote, or for numbers that contradict each other
 */
export function parseRunRecord(file: string, record: unknown, step: number | undefined): RunRecord {
  if (typeof record !== 'string') {
    throw invalid(
      file,
      'it does not say how far its run was, so no run can resume from it. Load it as a model instead: DreamLIP.load(path)',
    )
  }
  const entries = parse(file, record)
  const progress = parseProgress(file, entries)
  const updates = progress.updates - (progress.updatesBefore ?? 0)
  if (updates < 0 || updates > progress.step) {
    throw invalid(file, `it records ${updates} updates of the weights in ${progress.step} steps`)
  }
  if (step !== undefined && step !== progress.step) {
    throw invalid(file, `it was written at step ${progress.step}, but its name says ${step}`)
  }
  const { data, trained } = entries
  const named = Array.isArray(trained) && trained.every((name) => typeof name === 'string')
  if (typeof data !== 'string' || !named) throw invalid(file, 'it does not say what it was trained on')
  return { progress, identity: { data, batchSize: parseCount(file, entries, 'batchSize'), trained } }
}

function parseProgress(file: string, entries: Entries): RunProgress {
  const position = isRecord(entries['position']) ? entries['position'] : {}
  return {
    step: parseCount(file, entries, 'step'),
    updates: parseCount(file, entries, 'updates'),
    ...(Object.hasOwn(entries, 'updatesBefore') && { updatesBefore: parseCount(file, entries, 'updatesBefore') }),
    position: { epoch: parseCount(file, position, 'epoch'), sample: parseCount(file, position, 'sample') },
    skippedSteps: parseCount(file, entries, 'skippedSteps'),
    skippedSamples: parseCount(file, entries, 'skippedSamples'),
    // Earlier versions evaluated before they saved, and did not record it.
    evaluatedStep: parseCount(file, { evaluatedStep: entries['step'], ...entries }, 'evaluatedStep'),
    // Checkpoints of earlier versions have no loss, and JSON has no NaN.
    loss: typeof entries['loss'] === 'number' ? entries['loss'] : NaN,
  }
}

type Entries = Readonly<Record<string, unknown>>

function parseCount(file: string, entries: Entries, name: string): number {
  const found = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (Number.isSafeInteger(found) && (found as number) >= 0) return found as number
  throw invalid(file, `expected '${name}' of its run to be a whole number of at least 0; got ${shown(found)}`)
}

function parse(file: string, text: string): Entries {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // The error below covers this case.
  }
  throw invalid(file, `expected JSON about its run; got ${shown(text)}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value from a file, shortened for a message. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80)
}

function invalid(file: string, problem: string): DreamLIPError {
  return new DreamLIPError('CHECKPOINT_INVALID', `${file}: ${problem}.`)
}
