/** Learning rates over the steps of a run (open_clip's `scheduler.py`). */
import { checkChoice, checkNumber, checkObject, checkWhole } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'

/** The learning rate of a step, counted from 0. */
export type Schedule = (step: number) => number

/** Options of the learning rate's schedule. */
export interface ScheduleOptions {
  /** `cosine` falls to 0 over the run; `constant` stays the same; `constant-with-cooldown` falls at the end only. Default `cosine`. */
  readonly kind?: 'cosine' | 'constant' | 'constant-with-cooldown'
  /** The highest rate; default 5e-4, as in the reference. */
  readonly learningRate?: number
  /** Steps of linear warm-up to the highest rate; default: 10,000 as in the reference, but at most a tenth of the run. */
  readonly warmup?: number
  /** Steps of the cooldown of `constant-with-cooldown`; default: a tenth of the run. */
  readonly cooldown?: number
  /** The power of the cooldown: 1 is linear, 2 quadratic; default 1. */
  readonly cooldownPower?: number
  /** The rate at the end of the cooldown; default 0. */
  readonly cooldownEnd?: number
}

export const scheduleKeys = {
  kind: 0,
  learningRate: 0,
  warmup: 0,
  cooldown: 0,
  cooldownPower: 0,
  cooldownEnd: 0,
} as const satisfies KeysOf<ScheduleOptions>

/**
 * The learning rate of each step of a run.
 * @param total steps of the whole run
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the invalid option
 */
export function createSchedule(options: ScheduleOptions, total: number): Schedule {
  checkKeys('schedule', checkObject('schedule', options), scheduleKeys)
  const { kind = 'cosine', learningRate = 5e-4, cooldownPower = 1, cooldownEnd = 0 } = options
  checkWhole('total', total, 0)
  const { warmup = Math.min(10_000, Math.floor(total / 10)), cooldown = Math.floor(total / 10) } = options
  checkNumber('schedule.learningRate', learningRate, { above: 0 })
  checkWhole('schedule.warmup', warmup, 0)
  checkWhole('schedule.cooldown', cooldown, 0)
  checkNumber('schedule.cooldownPower', cooldownPower, { above: 0 })
  checkNumber('schedule.cooldownEnd', cooldownEnd, { least: 0 })
  const after = schedules[checkChoice('schedule.kind', kind, Object.keys(schedules) as (typeof kind)[])]
  const shape = { learningRate, warmup, cooldown, cooldownPower, cooldownEnd, total }
  return (step) => (step < warmup ? (learningRate * (step + 1)) / warmup : after(step, shape))
}

interface Shape extends Required<Omit<ScheduleOptions, 'kind'>> {
  readonly total: number
}

const schedules: Readonly<Record<NonNullable<ScheduleOptions['kind']>, (step: number, shape: Shape) => number>> = {
  cosine: (step, { learningRate, warmup, total }) =>
    0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / (total - warmup))) * learningRate,
  constant: (_, { learningRate }) => learningRate,
  'constant-with-cooldown': (step, { learningRate, total, cooldown, cooldownPower, cooldownEnd }) => {
    const start = total - cooldown
    if (step < start) return learningRate
    return (1 - (step - start) / cooldown) ** cooldownPower * (learningRate - cooldownEnd) + cooldownEnd
  },
}
