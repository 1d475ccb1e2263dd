/** What a checkpoint says of its run, checked: the file may come from anywhere. */
import { DreamLIPError } from '../../errors'
import type { RunIdentity, RunProgress } from './checkpoint-state'

/** @throws DreamLIPError `CHECKPOINT_INVALID` for a file that no run wrote, or whose numbers make no sense */
export function parseRun(
  file: string,
  run: unknown,
  step: number | undefined,
): { progress: RunProgress; identity: RunIdentity } {
  if (typeof run !== 'string') {
    throw invalid(
      file,
      'it does not say how far a run had come, so that none can go on from it. Load it as a model instead: DreamLIP.load(path)',
    )
  }
  const value = parse(file, run)
  const count = (name: string, of: Readonly<Record<string, unknown>> = value) => {
    const found = Object.hasOwn(of, name) ? of[name] : undefined
    if (Number.isSafeInteger(found) && (found as number) >= 0) return found as number
    throw invalid(file, `expected '${name}' of its run to be a whole number of at least 0; got ${shown(found)}`)
  }
  const position = isRecord(value['position']) ? value['position'] : {}
  const progress: RunProgress = {
    step: count('step'),
    updates: count('updates'),
    position: { epoch: count('epoch', position), sample: count('sample', position) },
    skippedSteps: count('skippedSteps'),
    skippedSamples: count('skippedSamples'),
    // Checkpoints of earlier versions do not say it; JSON has no NaN.
    loss: typeof value['loss'] === 'number' ? value['loss'] : NaN,
  }
  if (progress.updates > progress.step) {
    throw invalid(file, `it says ${progress.updates} updates of the weights in ${progress.step} steps`)
  }
  if (step !== undefined && step !== progress.step) {
    throw invalid(file, `it is of step ${progress.step}, and its name says ${step}`)
  }
  const { data, trained } = value
  const named = Array.isArray(trained) && trained.every((name) => typeof name === 'string')
  if (typeof data !== 'string' || !named) throw invalid(file, 'it does not say what it was trained on')
  return { progress, identity: { data, batchSize: count('batchSize'), trained } }
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // Told below.
  }
  throw invalid(file, `expected JSON about its run; got ${shown(text)}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value from a file, short enough for a message. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80)
}

function invalid(file: string, problem: string): DreamLIPError {
  return new DreamLIPError('CHECKPOINT_INVALID', `${file}: ${problem}.`)
}
