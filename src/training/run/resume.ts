/** Starts a run: at the newest usable checkpoint, or at step 0. */
import { DreamLIPError } from '../../errors'
import { restoreRun } from '../checkpoint/restore'
import { noProgress, type RunProgress } from '../checkpoint/run-record'
import type { FitOptions } from '../fit-options'
import type { CheckpointFile, RunFolder } from '../folder/run-folder'
import { warn } from './reports'
import type { Run } from './run'

export interface RunStart {
  readonly progress: RunProgress
  /** The path of the checkpoint that the run resumes from. */
  readonly checkpoint: string | undefined
}

interface Refusal {
  readonly file: CheckpointFile
  readonly error: DreamLIPError
}

/**
 * Resumes the run in the folder, or starts a new one, which may continue another training. Unfinished files and log entries of later
 * steps are removed.
 * @throws DreamLIPError as `resumeRun` and `continueRun`; `INVALID_ARGUMENT` for a new run in a folder that already contains one
 */
export async function resumeOrBegin(run: Run, options: FitOptions): Promise<RunStart> {
  const { folder } = run.plan
  if (folder && !options.resume) await refuseOtherRun(folder)
  const resumed = options.resume ? await resumeRun(run, options) : undefined
  const start = resumed ?? { progress: await begin(run, options), checkpoint: undefined }
  await removeLeftovers(run, options, start.progress.step)
  return start
}

async function begin(run: Run, options: FitOptions): Promise<RunProgress> {
  if (options.continueFrom === undefined) return noProgress
  const { continueRun } = await import('./continue')
  return continueRun(run, options.continueFrom, options)
}

/**
 * Restores the newest usable checkpoint. Newer ones that cannot be used are set aside with a warning.
 * @returns undefined if there is no checkpoint
 * @throws DreamLIPError `CHECKPOINT_INVALID` if none of the checkpoints can be used; `DATA_CHANGED` as `restoreRun`
 */
async function resumeRun({ plan, tensors, identity }: Run, { onWarning }: FitOptions): Promise<RunStart | undefined> {
  const { folder, emaDecay } = plan
  if (!folder) return undefined
  const refusals: Refusal[] = []
  for (const file of (await folder.list()).reverse()) {
    try {
      const progress = await restoreRun(file.path, tensors, identity, emaDecay !== null, file.step)
      for (const refusal of refusals) onWarning?.(await setAside(folder, refusal, file))
      return { progress, checkpoint: file.path }
    } catch (error) {
      if (!(error instanceof DreamLIPError) || error.code === 'DATA_CHANGED') throw error
      refusals.push({ file, error })
    }
  }
  if (refusals.length > 0) throw noneUsable(refusals)
  return undefined
}

/** @returns the warning */
async function setAside(folder: RunFolder, { file, error }: Refusal, instead: CheckpointFile): Promise<string> {
  const kept = await folder.setAside(file).then(
    (name) => ` and is kept as ${name}`,
    () => '',
  )
  return `${file.path} cannot be used${kept}; the run continues from ${instead.name}: ${error.message}`
}

/** The error names the first few checkpoints. */
function noneUsable(refusals: readonly Refusal[]): DreamLIPError {
  const reasons = refusals.slice(0, 3).map(({ error }) => error.message)
  const more = refusals.length > 3 ? ` (and ${refusals.length - 3} more)` : ''
  const count = refusals.length
  return new DreamLIPError(
    'CHECKPOINT_INVALID',
    `${count === 1 ? 'the only checkpoint cannot be used' : `none of ${count} checkpoints can be used`}: ` +
      `${reasons.join(' ')}${more} Put an intact checkpoint there, or start a new run in another folder.`,
    { cause: refusals[0]!.error },
  )
}

/** A new run would mix its checkpoints with those in the folder. */
async function refuseOtherRun(folder: RunFolder): Promise<void> {
  const newest = (await folder.list()).at(-1)
  if (newest === undefined && (await folder.size()) === 0) return
  const found = newest === undefined ? 'with its best model' : `up to ${newest.name}`
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `fit: ${folder.path} already contains a run, ${found}. Resume it with { resume: true }, or choose another folder.`,
  )
}

/** Removes the leftovers of a killed run: unfinished files, and log entries of steps that will be repeated. */
async function removeLeftovers({ plan }: Run, options: FitOptions, step: number): Promise<void> {
  try {
    await plan.folder?.removeUnfinished()
    await plan.logger?.rewind?.(step)
  } catch (error) {
    warn(options, 'unfinished files of an earlier run were not removed', error)
  }
}
