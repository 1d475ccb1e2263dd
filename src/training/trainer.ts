/** Trains a model: batches in, steps, logs and checkpoints out. */
import { terminal } from '#training/files'
import type { HostTensor } from '../checkpoint/tensor'
import type { SkippedSample } from '../data/loader'
import { accessForTraining, type TrainingAccess } from '../dreamlip'
import { DreamLIPError } from '../errors'
import type { HostArray } from '../runtime/runtime'
import { newestCheckpoint, saveCheckpoint } from './checkpoint-folder'
import { checkpointState, type RunIdentity, type RunProgress, type RunTensors } from './checkpoint-state'
import type { TrainingBatch } from './data'
import { createOptimizerTensors } from './optimizer-tensors'
import { trainedNames } from './parameter-groups'
import { progressLine, type StepReport } from './progress-line'
import { restoreRun } from './restore-run'
import { createStepRunner } from './run-step'
import { createSchedule, type Schedule } from './schedules'
import { scalarInputs, type StepRunner } from './step'
import { keptTokens, stepBatch } from './step-inputs'
import { average } from './update'
import { planTrainer, type TrainerOptions, type TrainerPlan } from './trainer-options'

export type { TrainerOptions } from './trainer-options'

export interface FitOptions {
  /** Steps in the whole run; give these or `epochs`. */
  readonly steps?: number
  readonly epochs?: number
  /** Go on from the newest checkpoint of the folder, where there is one; default false. */
  readonly resume?: boolean
  /** Ends the run after the current step; with a folder, a checkpoint is written first. */
  readonly signal?: AbortSignal
  readonly onStep?: (report: StepReport) => void
  /** Called for each sample that the data leaves out. */
  readonly onSkip?: (skipped: SkippedSample) => void
  /** Called with what `evaluate` gives, after each epoch and at the end. */
  readonly onEvaluate?: (values: Readonly<Record<string, number>>, step: number) => void
  /** Called for what went wrong and does not end the run, such as a checkpoint that the disk had no room for. */
  readonly onWarning?: (message: string) => void
}

/** What came of a run. */
export interface FitResult extends RunProgress {
  /** The loss of the last step; NaN when the run was at its end already. */
  readonly loss: number
  /** The newest checkpoint. */
  readonly checkpoint: string | undefined
  /** The moving averages of the weights, where they were asked for: for `saveSafetensors`, or as a state_dict for `savePyTorch`. */
  readonly averages: ReadonlyMap<string, HostTensor> | undefined
}

/** So many steps in a row without a usable gradient end a run. */
const mostSkippedInARow = 10

/**
 * Fine-tunes or trains a model in place.
 *
 * @example
 * const trainer = new Trainer({ model, data, schedule: { learningRate: 1e-5 }, folder: 'runs/photos' })
 * await trainer.fit({ epochs: 5, onStep: ({ step, loss }) => console.log(step, loss) })
 * await model.save('photos.safetensors')
 */
export class Trainer {
  private readonly plan: TrainerPlan

  /** @throws DreamLIPError `INVALID_ARGUMENT` naming the option that makes no sense */
  constructor(options: TrainerOptions) {
    this.plan = planTrainer(options)
  }

  /**
   * Takes the steps of a run. The model holds the new weights as soon as a step is done.
   * @throws DreamLIPError `INVALID_ARGUMENT`; `TRAINING_DIVERGED` after several steps without a usable gradient; `DATA_EMPTY`
   *   when an epoch gives no batch; `DATA_CHANGED` and `CHECKPOINT_MISMATCH` when it cannot go on; `WRITE_FAILED` when the last
   *   checkpoint cannot be written; the signal's reason when aborted. The model keeps the weights of the last good step.
   */
  async fit(options: FitOptions): Promise<FitResult> {
    const steps = this.countSteps(options)
    await import('../runtime/gradients')
    const access = accessForTraining(this.plan.model)
    const run = startRun(this.plan, access)
    try {
      return await runSteps(this.plan, access, run, steps, options)
    } finally {
      run.runner.dispose()
      run.tensors.state.dispose()
      if (this.plan.progress) terminal?.write('\r\x1b[2K')
    }
  }

  private countSteps({ steps, epochs }: FitOptions): number {
    const { size, batchSize } = this.plan.data
    const total = steps ?? (epochs === undefined ? NaN : epochs * Math.floor(size / batchSize))
    if (Number.isInteger(total) && total >= 1) return total
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `fit: expected steps or epochs, a whole number of at least 1; got steps ${steps}, epochs ${epochs} ` +
        `with ${size} samples in batches of ${batchSize}.`,
    )
  }
}

interface Run {
  readonly tensors: RunTensors
  readonly identity: RunIdentity
  readonly runner: StepRunner
}

/** The patches' own temperature (DreamLIP, section 3.3): the model gets one, at CLIP's initial value, when patches are trained. */
const localTemperature = 'logit_scale_local'

function startRun(plan: TrainerPlan, { encoder, setTrainedWithGrouping }: TrainingAccess): Run {
  const { config, runtime, parameters: weights } = encoder
  const { usesPatches } = plan.loss
  const narrow = weights.names.find((name) => weights.storage(name) !== 'float32')
  if (narrow !== undefined) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `model: expected float32 weights; '${narrow}' is held as ${weights.storage(narrow)}. Load the model with { dtype: 'float32' }.`,
    )
  }
  if (usesPatches) {
    setTrainedWithGrouping()
    if (!weights.names.includes(localTemperature)) {
      weights.set(localTemperature, { data: Float32Array.of(Math.log(1 / 0.07)), shape: [] })
    }
  }
  // What the loss does not depend on has no gradient.
  const idle = ['logit_bias', ...(usesPatches ? [] : ['visual.proj2', localTemperature])]
  const trained = trainedNames(weights.names, config, plan.freeze).filter((name) => !idle.includes(name))
  const state = createOptimizerTensors(runtime, weights, trained, plan.emaDecay !== null)
  const { data, loss, adamW, clipNorm, emaDecay, microBatch } = plan
  const stepPlan = { config, loss, trained, adamW, clipNorm, emaDecay }
  return {
    tensors: { weights, state },
    identity: { data: data.fingerprint, batchSize: data.batchSize, trained },
    runner: createStepRunner(runtime, stepPlan, weights, state, microBatch),
  }
}

const atStart: RunProgress = {
  step: 0,
  updates: 0,
  position: { epoch: 0, sample: 0 },
  skippedSteps: 0,
  skippedSamples: 0,
}

async function runSteps(
  plan: TrainerPlan,
  access: TrainingAccess,
  run: Run,
  steps: number,
  options: FitOptions,
): Promise<FitResult> {
  const schedule = createSchedule(plan.schedule, steps)
  const newest = options.resume && plan.folder ? await newestCheckpoint(plan.folder) : undefined
  let progress = newest ? await restoreRun(newest, run.tensors, run.identity, plan.emaDecay !== null) : atStart
  let checkpoint = newest
  let saved = progress.step
  let loss = NaN
  let failedInARow = 0
  const save = async () => {
    if (plan.folder === undefined || saved === progress.step) return
    const { adamW, name, emaDecay } = plan
    const learningRate = schedule(Math.max(0, progress.step - 1))
    const state = checkpointState(run.tensors, progress, run.identity, { adamW, learningRate, name, emaDecay })
    checkpoint = await saveCheckpoint(plan.folder, progress.step, state, plan.keep)
    saved = progress.step
  }
  const saveOrWarn = () => save().catch((error: unknown) => warn(options, 'the checkpoint was not written', error))
  const evaluate = async () => {
    if (!plan.evaluate) return
    const values = await plan.evaluate(plan.model)
    options.onEvaluate?.(values, progress.step)
    await logOrWarn(plan, options, progress.step, values)
  }
  const clock = startClock(progress.step, steps)
  const takeSteps = async () => {
    let waiting = performance.now()
    for await (const batch of plan.data.batches(progress.position, options.signal)) {
      const waited = performance.now() - waiting
      const report = await takeStep(plan, access, run, schedule, progress, batch)
      batch.skipped.forEach((skipped) => options.onSkip?.(skipped))
      progress = {
        step: progress.step + 1,
        updates: progress.updates + (report.skipped ? 0 : 1),
        position: batch.next,
        skippedSteps: progress.skippedSteps + (report.skipped ? 1 : 0),
        skippedSamples: progress.skippedSamples + batch.skipped.length,
      }
      loss = report.loss
      failedInARow = report.skipped ? failedInARow + 1 : 0
      const timed = { ...report, step: progress.step, steps, ...clock.lap(progress.step, plan.data.batchSize, waited) }
      if (plan.progress) terminal?.write(`\r\x1b[2K${progressLine(timed).slice(0, (terminal.columns || 80) - 1)}`)
      options.onStep?.(timed)
      await logOrWarn(plan, options, progress.step, numbersOf(timed))
      if (failedInARow === mostSkippedInARow) throw diverged(progress.step, report)
      options.signal?.throwIfAborted()
      if (progress.step === steps) return
      if (plan.saveEvery !== undefined && progress.step % plan.saveEvery === 0) await saveOrWarn()
      waiting = performance.now()
    }
  }
  try {
    while (progress.step < steps) {
      const { step, position } = progress
      await takeSteps()
      // A run can go on from the end of an epoch, where what is left does not fill a batch.
      if (progress.step === step && position.sample === 0) throw noBatch(plan, progress)
      if (progress.step === steps) break
      progress = { ...progress, position: { epoch: progress.position.epoch + 1, sample: 0 } }
      await evaluate()
      if (plan.saveEvery === undefined) await saveOrWarn()
    }
  } catch (error) {
    await saveOrWarn()
    throw error
  }
  await evaluate()
  await save()
  const averages = plan.emaDecay === null ? undefined : readAverages(run)
  return { ...progress, loss, checkpoint, averages }
}

/** The averages of what is trained, and the weights that are not. */
function readAverages({ tensors: { weights, state }, identity }: Run): Map<string, HostTensor> {
  return new Map(
    weights.names.map((name) => {
      const data = identity.trained.includes(name) ? state.read(average(name)) : weights.read(name)
      return [name, { data: data.slice(), shape: weights.shape(name), dtype: 'float32' }]
    }),
  )
}

type Untimed = Omit<StepReport, 'step' | 'steps' | 'imagesPerSecond' | 'dataShare' | 'secondsLeft'>

async function takeStep(
  plan: TrainerPlan,
  { encoder, tokenize }: TrainingAccess,
  { runner }: Run,
  schedule: Schedule,
  progress: RunProgress,
  batch: TrainingBatch,
): Promise<Untimed> {
  const { config, parameters } = encoder
  const { step, updates, position } = progress
  const prepared = await stepBatch(batch, tokenize)
  const kept = plan.patchDropout > 0 && {
    kept: keptTokens(batch.images.shape[0], config, plan.patchDropout, plan.seed + step),
  }
  const learningRate = schedule(step)
  const outputs = await runner.run({ ...prepared, ...kept }, scalarInputs(learningRate, updates + 1, plan.adamW))
  const { loss, gradientNorm, ...terms } = numbersIn(outputs) as Record<'loss' | 'gradientNorm', number>
  const logitScale = Math.exp(parameters.read('logit_scale')[0]!)
  const skipped = !Number.isFinite(gradientNorm)
  return { epoch: position.epoch, loss, terms, gradientNorm, learningRate, logitScale, skipped }
}

function numbersIn(outputs: Readonly<Record<string, HostArray>>): Record<string, number> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!]))
}

/** Names of numbers in logs. */
function numbersOf(report: StepReport): Record<string, number> {
  const { terms, step: _step, steps: _steps, skipped, secondsLeft: _secondsLeft, ...numbers } = report
  const ofTerms = Object.entries(terms).map(([name, value]) => [`loss/${name}`, value])
  return { ...numbers, skipped: Number(skipped), ...(Object.fromEntries(ofTerms) as Record<string, number>) }
}

function startClock(first: number, steps: number) {
  const started = performance.now()
  let last = started
  return {
    lap(step: number, images: number, waited: number) {
      const now = performance.now()
      const took = now - last
      last = now
      return {
        imagesPerSecond: (1000 * images) / took,
        dataShare: Math.min(1, waited / took),
        secondsLeft: ((now - started) / 1000 / (step - first)) * (steps - step),
      }
    },
  }
}

async function logOrWarn(
  plan: TrainerPlan,
  options: FitOptions,
  step: number,
  values: Readonly<Record<string, number>>,
) {
  await plan.logger?.log(step, values).catch((error: unknown) => warn(options, 'the log was not written', error))
}

function warn({ onWarning }: FitOptions, what: string, error: unknown): void {
  if (!(error instanceof DreamLIPError)) throw error
  onWarning?.(`${what}, and the run goes on: ${error.message}`)
}

function diverged(step: number, { loss, gradientNorm }: Untimed): DreamLIPError {
  return new DreamLIPError(
    'TRAINING_DIVERGED',
    `step ${step}: the gradient was no number in ${mostSkippedInARow} steps in a row (loss ${loss}, gradient ${gradientNorm}). ` +
      'The model keeps the weights of the last good step. Lower the learning rate, or look for broken values in the data.',
  )
}

function noBatch({ data }: TrainerPlan, { position }: RunProgress): DreamLIPError {
  return new DreamLIPError(
    'DATA_EMPTY',
    `data: epoch ${position.epoch} gave no batch of ${data.batchSize} from sample ${position.sample} on. ` +
      'Too many samples cannot be used (onSkip says which), or the batch is too large.',
  )
}
