/**
 * Reads a training checkpoint in the layout of open_clip's trainer, `{ epoch, name, state_dict, optimizer }`, with AdamW's state.
 * Such files are written by open_clip and by the runs of this package.
 */
import type { ByteSource } from '../../bytes/byte-source'
import { toFloat32 } from '../../checkpoint/dtype'
import { PickleTensor } from '../../checkpoint/torch/pickle/values'
import { namedTensors } from '../../checkpoint/torch/state-dict'
import { readTorchFile } from '../../checkpoint/torch/torch-checkpoint'
import { torchTensor, type StorageReader } from '../../checkpoint/torch/torch-tensor'
import { DreamLIPError } from '../../errors'
import type { AdamWOptions } from '../optimizer/adamw-scalars'
import { groupsOf, type ParameterGroups } from '../optimizer/weight-decay'
import { entriesOf, type Entries } from './entries'
import { parseRunRecord } from './run-record'

/** AdamW's moments of a parameter. */
export interface Moments<T> {
  readonly first: T
  readonly second: T
}

/** The contents of a training checkpoint. Values are read later. */
export interface TrainingFile {
  /** Finished epochs. */
  readonly epoch: number
  /** The name of the training. */
  readonly name: string
  /** By their names without `module.` and other wrappers. */
  readonly weights: ReadonlyMap<string, PickleTensor>
  /** The names of the trained parameters, in PyTorch's order. */
  readonly groups: ParameterGroups
  /** By the names of the trained parameters; empty before the first update. */
  readonly moments: ReadonlyMap<string, Moments<PickleTensor>>
  /** Updates of the weights so far. */
  readonly updates: number
  readonly adamW: AdamWOptions
  readonly learningRate: number
  readonly storages: StorageReader
}

/**
 * @param trained the parameters that are trained now. If parts of the model were frozen, only this tells which parameters the state
 *   belongs to
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file without such contents, `CHECKPOINT_MISMATCH` for another optimizer, or if
 *   the state does not fit the model
 */
export async function readTrainingFile(bytes: ByteSource, trained?: readonly string[]): Promise<TrainingFile> {
  const { name: file } = bytes
  const { value, storages } = await readTorchFile(bytes)
  const root = entriesOf(value)
  const optimizer = root.get('optimizer')
  if (!(root.get('state_dict') instanceof Map) || !(optimizer instanceof Map)) throw noTraining(file)
  const weights = namedTensors(file, root.get('state_dict') as Map<unknown, unknown>)
  const { numbers, ...settings } = readGroups(file, optimizer.get('param_groups'))
  const groups = nameParameters(file, weights, numbers, trainedIn(file, root, weights, trained))
  const state = entriesOf(optimizer.get('state'))
  const moments = new Map(state.size > 0 ? groups.flat().map((of, i) => [of, momentsOf(file, state, i, of)]) : [])
  const updates = state.size > 0 ? await readUpdates(file, state, moments.size, storages) : 0
  const [epoch, name] = [root.get('epoch'), root.get('name')]
  if (!Number.isSafeInteger(epoch) || (epoch as number) < 0) throw invalid(file, `its epoch is ${String(epoch)}`)
  return {
    ...{ weights, groups, moments, updates, storages, ...settings },
    epoch: epoch as number,
    name: typeof name === 'string' ? name : '',
  }
}

/** Candidates for the parameters of the state: those that a run recorded, or else all, or those that are trained now. */
function trainedIn(
  file: string,
  root: Entries,
  weights: TrainingFile['weights'],
  trained: readonly string[] = [],
): readonly string[][] {
  const names = [...weights.keys()]
  const record = root.get('run')
  if (record === undefined) return [names, names.filter((name) => trained.includes(name))]
  return [parseRunRecord(file, record, undefined).identity.trained.filter((name) => weights.has(name))]
}

/** The first choice of names that matches the file's number of parameters with state in each group. */
function nameParameters(
  file: string,
  weights: TrainingFile['weights'],
  numbers: readonly number[],
  choices: readonly (readonly string[])[],
): ParameterGroups {
  const possible = choices.map((names) => groupsOf(names, (name) => weights.get(name)!.shape))
  const fitting = possible.find((groups) => groups.every(({ length }, i) => length === numbers[i]))
  if (fitting) return fitting
  const [undecayed, decayed] = possible[0]!
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: the optimizer has state of ${numbers.join(' and ')} parameters (without and with weight decay), but the model has ` +
      `${undecayed.length} and ${decayed.length}. If parts of it were frozen, freeze the same parts.`,
  )
}

interface GroupSettings {
  /** The number of parameters without weight decay, and with it. */
  readonly numbers: readonly number[]
  readonly adamW: AdamWOptions
  readonly learningRate: number
}

/** The settings in `param_groups`: open_clip has a group without weight decay, and one with it. */
function readGroups(file: string, found: unknown): GroupSettings {
  const groups = Array.isArray(found) ? found.map(entriesOf) : []
  const lists = groups.map((group) => group.get('params'))
  const isNumbered = lists.every(Array.isArray) && lists.flat().every((number, i) => number === i)
  const [undecayed, decayed] = groups
  const isAdamW = groups.every((group) => Array.isArray(group.get('betas')) && group.get('amsgrad') !== true)
  if (groups.length !== 2 || !isNumbered || !isAdamW || undecayed!.get('weight_decay') !== 0) {
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `${file}: expected the state of AdamW with open_clip's two groups of parameters, without and with weight decay; ` +
        `got ${groups.length} groups of another optimizer. Load it as a model, and start a new training.`,
    )
  }
  const betas = decayed!.get('betas') as unknown[]
  const below = (name: string, value: unknown, most: number): number => {
    if (typeof value === 'number' && value >= 0 && value <= most) return value
    throw invalid(file, `AdamW's ${name} is ${typeof value === 'number' ? value : 'no number'}`)
  }
  return {
    numbers: lists.map((list) => (list as unknown[]).length),
    learningRate: below('lr', decayed!.get('lr'), Number.MAX_VALUE),
    adamW: {
      betas: [below('first beta', betas[0], 1), below('second beta', betas[1], 1)],
      epsilon: below('eps', decayed!.get('eps'), Number.MAX_VALUE),
      weightDecay: below('weight_decay', decayed!.get('weight_decay'), Number.MAX_VALUE),
    },
  }
}

function momentsOf(file: string, state: Entries, number: number, name: string): Moments<PickleTensor> {
  const entry = entriesOf(state.get(number))
  const [first, second] = [entry.get('exp_avg'), entry.get('exp_avg_sq')]
  if (first instanceof PickleTensor && second instanceof PickleTensor) return { first, second }
  throw invalid(file, `the optimizer has no moments of '${name}', parameter ${number}`)
}

/** The number of updates. It must be the same for all parameters, as it is if each of them had a gradient in every step. */
async function readUpdates(file: string, state: Entries, count: number, storages: StorageReader): Promise<number> {
  const steps = new Set<number>()
  for (let i = 0; i < count; i++) steps.add(await readStep(file, entriesOf(state.get(i)).get('step'), storages))
  const [updates = NaN, ...others] = steps
  if (others.length === 0 && Number.isSafeInteger(updates) && updates >= 1) return updates
  throw invalid(file, `its parameters were updated ${[...steps].slice(0, 3).join(', ')} times; expected one number`)
}

/** PyTorch stores a scalar tensor; before version 1.12, a number. */
async function readStep(file: string, step: unknown, storages: StorageReader): Promise<number> {
  if (!(step instanceof PickleTensor)) return Number(step)
  return toFloat32(await torchTensor(file, 'step', step, storages).read())[0]!
}

function noTraining(file: string): DreamLIPError {
  return invalid(file, 'it contains no state of an optimizer', 'Load it as a model, and start a new training')
}

function invalid(file: string, problem: string, remedy = 'The file is damaged'): DreamLIPError {
  return new DreamLIPError(
    'CHECKPOINT_INVALID',
    `${file}: expected a training checkpoint; ${problem.slice(0, 200)}. ${remedy}.`,
  )
}
