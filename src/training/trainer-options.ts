/** What a trainer is given, checked and with nothing left to a default. */
import type { DreamLIP } from '../dreamlip'
import { DreamLIPError } from '../errors'
import { defaultAdamW, type AdamWOptions } from './adamw'
import type { TrainingData } from './data'
import { createFolderLogger, type Logger } from './log/logger'
import { dreamLIPLoss } from './loss'
import type { Freezing } from './parameter-groups'
import type { ScheduleOptions } from './schedules'
import type { TrainingLoss } from './step'

export interface OptimizerOptions extends Partial<AdamWOptions> {
  /** The largest norm of the gradient; default 1, `null`: any. */
  readonly clipNorm?: number | null
  /** How much of an exponential moving average of the weights each step keeps, such as 0.999; default `null`: there is none. */
  readonly emaDecay?: number | null
}

export interface TrainerOptions {
  /** It is trained in place; it must hold float32 weights. */
  readonly model: DreamLIP
  readonly data: TrainingData
  /** Default `dreamLIPLoss()`: both of the paper's terms. */
  readonly loss?: TrainingLoss
  /** AdamW's numbers; default: the reference's (betas 0.9 and 0.98, epsilon 1e-6, weight decay 0.2). */
  readonly optimizer?: OptimizerOptions
  /** The learning rate; default: the reference's (5e-4, warm-up, cosine). */
  readonly schedule?: ScheduleOptions
  /** What is not trained; default: nothing. */
  readonly freeze?: Freezing
  /** The share of patches that the vision tower leaves out in training (FLIP); default 0. */
  readonly patchDropout?: number
  /** Images that go through the towers at once, a divisor of the batch size: bounds memory; the result is that of the whole batch. */
  readonly microBatch?: number
  /** Called after each epoch and at the end; what it returns is logged, and given to `onEvaluate`. */
  readonly evaluate?: (model: DreamLIP) => Promise<Readonly<Record<string, number>>>
  /** Where numbers go; default: the folder, where there is one. */
  readonly logger?: Logger
  /** Where checkpoints and logs go; default: nowhere. */
  readonly folder?: string
  /** Steps between checkpoints; default: one at the end of each epoch. */
  readonly saveEvery?: number
  /** How many checkpoints are kept, the newest; default 3. */
  readonly keep?: number
  /** Draws of patch dropout; default 0. */
  readonly seed?: number
  /** The name of the run in its checkpoints; default `dreamlip`. */
  readonly name?: string
  /** A progress bar on standard error where that is a terminal; default true. */
  readonly progress?: boolean
}

export interface TrainerPlan extends Required<
  Omit<TrainerOptions, 'optimizer' | 'microBatch' | 'evaluate' | 'logger' | 'folder' | 'saveEvery'>
> {
  readonly adamW: AdamWOptions
  readonly clipNorm: number | null
  readonly emaDecay: number | null
  readonly microBatch: number | null
  readonly evaluate: TrainerOptions['evaluate']
  readonly logger: Logger | undefined
  readonly folder: string | undefined
  readonly saveEvery: number | undefined
}

/** @throws DreamLIPError `INVALID_ARGUMENT` naming the option */
export function planTrainer(options: TrainerOptions): TrainerPlan {
  const { data, folder, saveEvery, keep = 3, microBatch = null, patchDropout = 0, seed = 0 } = options
  const { clipNorm = 1, emaDecay = null, ...adamW } = options.optimizer ?? {}
  const isCount = (value: number) => Number.isInteger(value) && value >= 1
  check('keep', keep, isCount(keep), 'a whole number of at least 1')
  check('saveEvery', saveEvery, saveEvery === undefined || isCount(saveEvery), 'a whole number of steps')
  check('seed', seed, Number.isSafeInteger(seed), 'an integer')
  check('patchDropout', patchDropout, patchDropout >= 0 && patchDropout < 1, 'a share from 0 to below 1')
  const divides = microBatch === null || (isCount(microBatch) && data.batchSize % microBatch === 0)
  check('microBatch', microBatch, divides, `a divisor of the batch size ${data.batchSize}`)
  check('optimizer.clipNorm', clipNorm, clipNorm === null || clipNorm > 0, 'a number above 0, or null')
  const isShare = emaDecay === null || (emaDecay >= 0 && emaDecay < 1)
  check('optimizer.emaDecay', emaDecay, isShare, 'a share from 0 to below 1, or null')
  return {
    ...{ loss: dreamLIPLoss(), schedule: {}, freeze: {}, name: 'dreamlip', progress: true },
    ...withoutUndefined(options),
    ...{ keep, microBatch, patchDropout, seed, clipNorm, emaDecay, folder, saveEvery },
    evaluate: options.evaluate,
    adamW: { ...defaultAdamW, ...withoutUndefined(adamW) },
    logger: options.logger ?? (folder === undefined ? undefined : createFolderLogger(folder)),
  }
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

function check(option: string, value: unknown, valid: boolean, expected: string): void {
  if (valid) return
  throw new DreamLIPError('INVALID_ARGUMENT', `${option}: expected ${expected}; got ${String(value)}.`)
}
