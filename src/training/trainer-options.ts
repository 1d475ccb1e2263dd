/** The options of a `Trainer`: their checks and defaults. */
import { platform } from '#training/platform'
import {
  checkCallback,
  checkChoice,
  checkFlag,
  checkList,
  checkNumber,
  checkObject,
  checkPath,
  checkSeed,
  checkText,
  checkWhole,
  show,
  wrongArgument,
} from '../check-arguments'
import { DreamLIP } from '../dreamlip'
import { checkKeys, type KeysOf } from '../known-keys'
import type { RunFolder } from './folder/run-folder'
import type { Logger } from './log/logger'
import { defaultAdamW, type AdamWOptions } from './optimizer/adamw-scalars'
import { freezingKeys, type Freezing } from './optimizer/freezing'
import { scheduleKeys, type ScheduleOptions } from './optimizer/schedule'
import { flairTrainingLoss } from './step/flair-loss'
import { dreamLIPLoss, type TrainingLoss } from './step/loss'
import type { TrainingData } from './training-data'

export interface OptimizerOptions extends Partial<AdamWOptions> {
  /** The gradient's maximum norm; default 1, `null`: no clipping. */
  readonly clipNorm?: number | null
  /** The decay of an exponential moving average of the weights, such as 0.999; default `null`: no average is kept. */
  readonly emaDecay?: number | null
}

export interface TrainerOptions {
  /** The model to train, in place. It must hold float32 weights. */
  readonly model: DreamLIP
  readonly data: TrainingData
  /**
   * A loss, or the name of one with its defaults: `dreamlip` for `dreamLIPLoss()`, both terms of the paper, or `flair` for FLAIR's, which
   * needs a FLAIR model. Default: `flair` for FLAIR models, `dreamlip` for all others.
   */
  readonly loss?: TrainingLoss | 'dreamlip' | 'flair'
  /** AdamW's settings; default: the reference's (betas 0.9 and 0.98, epsilon 1e-6, weight decay 0.2). */
  readonly optimizer?: OptimizerOptions
  /** The learning rate; default: the reference's (5e-4, warm-up, cosine). */
  readonly schedule?: ScheduleOptions
  /** Parts of the towers that are not trained; default: everything is trained. */
  readonly freeze?: Freezing
  /** The share of patches that the image tower drops in training (FLIP); default 0. */
  readonly patchDropout?: number
  /** Images that run through the towers at once, a divisor of the batch size. It limits memory; the result is that of the whole batch. */
  readonly microBatch?: number
  /**
   * Called after each epoch and at the end; its result is logged and passed to `onEvaluate`. `heldOutRetrieval` makes such a function.
   * The signal is that of `fit`.
   */
  readonly evaluate?: (
    model: DreamLIP,
    options: { readonly signal?: AbortSignal },
  ) => Promise<Readonly<Record<string, number>>>
  /**
   * The name of a value that `evaluate` returns. The model with its highest value is kept as `best.safetensors` in `folder`. Default:
   * none is kept.
   */
  readonly best?: string
  /** Receives the numbers of each step; default: files in `folder`, if there is one. */
  readonly logger?: Logger
  /** The folder for checkpoints and logs; default: none. Node only: browsers have no folders. */
  readonly folder?: string
  /** Steps between checkpoints; default: a checkpoint after each epoch. */
  readonly saveEvery?: number
  /** Number of newest checkpoints to keep; default 3. */
  readonly keep?: number
  /** The seed of patch dropout; default 0. */
  readonly seed?: number
  /** The name of the run in its checkpoints; default `dreamlip`. */
  readonly name?: string
  /** Draw a progress bar on standard error, if that is a terminal; default false. */
  readonly progress?: boolean
}

const trainerKeys: KeysOf<TrainerOptions> = {
  ...{ model: 0, data: 0, loss: 0, evaluate: 0, best: 0, logger: 0, folder: 0 },
  optimizer: { betas: 0, epsilon: 0, weightDecay: 0, clipNorm: 0, emaDecay: 0 } satisfies KeysOf<OptimizerOptions>,
  schedule: scheduleKeys,
  freeze: freezingKeys,
  ...{ patchDropout: 0, microBatch: 0, saveEvery: 0, keep: 0, seed: 0, name: 0, progress: 0 },
}

/** Checked options, with every default filled in. */
export interface TrainerPlan extends Required<
  Omit<TrainerOptions, 'loss' | 'optimizer' | 'microBatch' | 'evaluate' | 'best' | 'logger' | 'folder' | 'saveEvery'>
> {
  readonly loss: TrainingLoss
  readonly adamW: AdamWOptions
  readonly clipNorm: number | null
  readonly emaDecay: number | null
  readonly microBatch: number | null
  readonly evaluate: TrainerOptions['evaluate']
  readonly best: string | undefined
  readonly logger: Logger | undefined
  readonly folder: RunFolder | undefined
  readonly saveEvery: number | undefined
}

/** @throws DreamLIPError `INVALID_ARGUMENT` naming the invalid option */
export function planTrainer(options: TrainerOptions): TrainerPlan {
  checkObject('options', options, 'an object with the model and its data')
  checkParts(checkKeys('', options, trainerKeys))
  const folders = foldersFor(options)
  const { data, folder, saveEvery, keep = 3, microBatch = null, patchDropout = 0, seed = 0 } = options
  const { clipNorm = 1, emaDecay = null, ...adamW } = options.optimizer ?? {}
  checkWhole('keep', keep, 1)
  if (saveEvery !== undefined) checkWhole('saveEvery', saveEvery, 1)
  checkSeed('seed', seed)
  checkNumber('patchDropout', patchDropout, { least: 0, below: 1 })
  if (microBatch !== null && !(Number.isInteger(microBatch) && microBatch > 0 && data.batchSize % microBatch === 0)) {
    throw wrongArgument('microBatch', `a divisor of the batch size ${data.batchSize}`, microBatch)
  }
  if (clipNorm !== null) checkNumber('optimizer.clipNorm', clipNorm, { above: 0 })
  if (emaDecay !== null) checkNumber('optimizer.emaDecay', emaDecay, { least: 0, below: 1 })
  checkAdamW(adamW)
  return {
    ...{ schedule: {}, freeze: {}, name: 'dreamlip', progress: false },
    ...withoutUndefined(options),
    loss: lossOf(options),
    ...{ keep, microBatch, patchDropout, seed, clipNorm, emaDecay, saveEvery },
    folder: folder === undefined ? undefined : folders?.open(folder),
    evaluate: options.evaluate,
    best: options.best,
    adamW: { ...defaultAdamW, ...withoutUndefined(adamW) },
    logger: options.logger ?? (folder === undefined ? undefined : folders?.createLogger(folder)),
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for a folder where the platform has none */
function foldersFor({ folder }: TrainerOptions): typeof platform.folders {
  if (folder === undefined || platform.folders) return platform.folders
  const remedy = 'Report steps with onStep, and save the weights with model.toBlob().'
  throw wrongArgument('folder', 'no folder: browsers have none', folder, remedy)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for FLAIR's loss and a model without its pool */
function lossOf({ loss, model }: TrainerOptions): TrainingLoss {
  const isFlair = model.config.family === 'flair'
  const named = loss ?? (isFlair ? 'flair' : 'dreamlip')
  if (typeof named !== 'string') return named
  if (named === 'dreamlip') return dreamLIPLoss()
  if (isFlair) return flairTrainingLoss
  throw wrongArgument('loss', "a loss of CLIP models, because the model's family is not flair", named)
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

/** Checks the objects, callbacks and names. */
function checkParts(options: TrainerOptions): void {
  const { model, data, loss, optimizer, schedule, freeze, evaluate, best, logger, folder, name, progress } = options
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkObject('data', data, 'a loader')
  checkWhole('data.batchSize', data.batchSize, 1)
  checkWhole('data.size', data.size, 0)
  if (typeof data.batches !== 'function') throw wrongArgument('data.batches', 'a function', data.batches)
  checkPreprocessing(options)
  for (const [part, value] of Object.entries({ optimizer, schedule, freeze, logger })) {
    if (value !== undefined) checkObject(part, value)
  }
  if (loss !== undefined) checkLoss(loss)
  if (logger !== undefined && typeof logger.log !== 'function')
    throw wrongArgument('logger.log', 'a function', logger.log)
  checkCallback('evaluate', evaluate)
  if (best !== undefined) checkBest(options)
  if (folder !== undefined) checkPath('folder', folder)
  if (name !== undefined) checkText('name', name)
  if (progress !== undefined) checkFlag('progress', progress)
}

function checkLoss(loss: NonNullable<TrainerOptions['loss']>): void {
  if (typeof loss === 'string') return void checkChoice('loss', loss, ['dreamlip', 'flair'])
  checkObject('loss', loss)
  if (typeof loss.terms !== 'function') throw wrongArgument('loss.terms', 'a function', loss.terms)
}

/** The best model needs an evaluation that finds it, and a folder to store it in. */
function checkBest({ best, evaluate, folder }: TrainerOptions): void {
  checkText('best', best, 'the name of a value that evaluate returns')
  if (evaluate === undefined) throw wrongArgument('evaluate', 'a function, because best is set', evaluate)
  if (folder === undefined) throw wrongArgument('folder', 'a folder, because best is set', folder)
}

/** Refuses pixels that are prepared differently from later use: training on them would silently go wrong. */
function checkPreprocessing({ model, data }: TrainerOptions): void {
  if (data.preprocessing === undefined) return
  const made = checkObject('data.preprocessing', data.preprocessing)
  for (const part of ['mean', 'std', 'resizeMode', 'interpolation'] as const) {
    const [wanted, given] = [model.preprocessing[part], made[part]]
    if (given === undefined || isSame(wanted, given)) continue
    const remedy = 'Make the loader with { ...model.preprocessing }, or load the model with { preprocessing }.'
    throw wrongArgument(`data.preprocessing.${part}`, `${show(wanted)}, the model's`, given, remedy)
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((value, i) => Math.abs(Number(value) - Number(b[i])) < 1e-6)
}

function checkAdamW({ betas, epsilon, weightDecay }: Partial<AdamWOptions>): void {
  if (betas !== undefined) {
    if (checkList('optimizer.betas', betas).length !== 2) throw wrongArgument('optimizer.betas', 'two numbers', betas)
    betas.forEach((beta, i) => checkNumber(`optimizer.betas[${i}]`, beta, { least: 0, below: 1 }))
  }
  if (epsilon !== undefined) checkNumber('optimizer.epsilon', epsilon, { above: 0 })
  if (weightDecay !== undefined) checkNumber('optimizer.weightDecay', weightDecay, { least: 0 })
}
