/** Reads run.json, the file that describes a training run. */
import { dirname } from 'node:path'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { DreamLIPError } from '../../index.node.ts'
import {
  shortcuts,
  type LoaderEntries,
  type RunData,
  type RunFile,
  type RunModel,
  type TrainerEntries,
} from './entries'
import { resolveData, resolveModel, resolvePath } from './paths'
import { runSchema } from './run-schema'
import { problemsOf } from './schema'

/** A run, with paths relative to the current folder. docs/training.md describes the entries. */
export interface Run {
  readonly model: RunModel
  /** Whether the model is a new one, with random weights. */
  readonly isNew: boolean
  readonly data: RunData
  readonly evaluate?: RunData
  readonly loader: LoaderEntries
  readonly trainer: TrainerEntries
  readonly loss?: RunFile['loss']
  readonly out: string
  readonly epochs?: number
  readonly steps?: number
}

const loaderNames = [
  ...['batchSize', 'texts', 'augmentation', 'seed', 'rank', 'worldSize', 'shuffle', 'samplesPerEpoch', 'maxSkipped'],
] as const satisfies readonly (keyof LoaderEntries)[]

const trainerNames = [
  ...['optimizer', 'schedule', 'freeze', 'patchDropout', 'microBatch', 'best', 'saveEvery', 'keep', 'seed', 'name'],
] as const satisfies readonly (keyof TrainerEntries)[]

/** Entries for checkpoints. A new model has no checkpoint, and its config sets the rest. */
const forCheckpoints = ['preprocessing', 'prefix', 'weights', 'imageSize', 'contextLength', 'headers'] as const

/** @throws DreamLIPError `INVALID_CONFIG` that lists everything that is wrong with the file */
export async function readRun(path: string): Promise<Run> {
  const given = await readObject(path)
  const problems = problemsOf(given, runSchema)
  if (problems.length > 0) refuse(path, problems)
  const file = given as unknown as RunFile
  const model: RunModel = { config: file.modelConfig, ...pick(file, shortcuts.model), ...withSource(file.model) }
  const isNew = model.source === undefined && model.config !== undefined
  const contradictions = [...(isNew ? needlessOf(model) : []), ...problemsOfEvaluation(file)]
  if (contradictions.length > 0) refuse(path, contradictions)
  const folder = dirname(path)
  return {
    model: await locateModel(model, folder),
    isNew,
    data: locateData({ ...pick(file, shortcuts.data), ...withSource(file.data) } as RunData, folder),
    ...(file.evaluate !== undefined && { evaluate: locateData(withSource(file.evaluate) as RunData, folder) }),
    loader: pick(file, loaderNames),
    trainer: { ...(file.evaluate !== undefined && { best: 'meanRecall' }), ...pick(file, trainerNames) },
    ...pick(file, ['loss', 'epochs', 'steps']),
    out: resolvePath(folder, file.out),
  }
}

function needlessOf(model: RunModel): string[] {
  return forCheckpoints
    .filter((name) => model[name] !== undefined)
    .map((name) => `${name}: needs a checkpoint, but there is no model.`)
}

function problemsOfEvaluation({ best, evaluate, epochs, steps }: RunFile): string[] {
  const hasBest = best !== undefined && evaluate === undefined
  const hasBoth = epochs !== undefined && steps !== undefined
  return [
    ...(hasBest ? ['best: needs evaluate, the held-out data that decides which model is the best.'] : []),
    ...(hasBoth ? ['epochs, steps: give one of them, not both.'] : []),
    ...(epochs === undefined && steps === undefined ? ['epochs: missing; give the length of the run.'] : []),
  ]
}

/** Resolves paths. A config in a `.json` file is read, because a new model needs it as an object. */
async function locateModel({ source, config, ...rest }: RunModel, folder: string): Promise<RunModel> {
  const isFile = typeof config === 'string' && /\.json$/i.test(config)
  return {
    ...rest,
    ...(source !== undefined && { source: resolveModel(folder, source) }),
    ...(config !== undefined && { config: isFile ? await readObject(resolvePath(folder, config)) : config }),
  }
}

function locateData({ source, images, ...rest }: RunData, folder: string): RunData {
  return {
    ...rest,
    source: resolveData(folder, source),
    ...(images !== undefined && { images: resolvePath(folder, images) }),
  }
}

function withSource<T extends object>(entry: string | T | undefined): T | { source: string } | undefined {
  return typeof entry === 'string' ? { source: entry } : entry
}

async function readObject(path: string): Promise<Record<string, unknown>> {
  const text = await readTextFile(path, 1 << 20).catch((error: Error) => refuse(path, [error.message]))
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    return refuse(path, [`${(error as Error).message}.`])
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : refuse(path, ['expected an object.'])
}

/** The named entries, if the object has them. */
function pick<T extends object, Name extends keyof T & string>(object: T, names: readonly Name[]): Pick<T, Name> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name as Name))) as Pick<T, Name>
}

function refuse(path: string, problems: readonly string[]): never {
  throw new DreamLIPError('INVALID_CONFIG', `${path}: ${problems.join(' ')}`)
}
