/** The JSON file that describes a training run. */
import { readTextFile } from '../bytes/read/file.node.ts'
import { DreamLIPError } from '../index.node.ts'
import type { LoaderOptions, LoadOptions, LossOptions, OpenRecordsOptions, TrainerOptions } from '../index.node.ts'

/** Options that JSON can hold: no callbacks, no signals, no objects with methods. */
/** Training needs the weights on this thread. */
type ModelEntries = Omit<LoadOptions, 'onProgress' | 'onWarning' | 'queue' | 'signal' | 'worker' | 'workers'>
type DataEntries = Omit<OpenRecordsOptions, 'onIndex' | 'signal' | 'images'> & { readonly images?: string }
type TrainerEntries = Omit<TrainerOptions, 'model' | 'data' | 'loss' | 'evaluate' | 'logger' | 'folder' | 'progress'>
type LoaderEntries = Omit<
  LoaderOptions,
  'imageSize' | 'contextLength' | 'mean' | 'std' | 'resizeMode' | 'exifOrientation'
>

/** What to begin with: a checkpoint and the options of `DreamLIP.load`. Without `source` it is a new model of `config`. */
export type RunModel = ModelEntries & { readonly source?: string }

/** What to train on: a data set and the options of `LongCaptionDataset.open`. */
export type RunData = DataEntries & { readonly source: string }

/** A run: docs/training.md says what each entry does. */
export interface RunConfig {
  readonly model: RunModel
  readonly data: RunData
  readonly loader: LoaderEntries
  readonly trainer: TrainerEntries
  readonly loss?: LossOptions
  readonly out: string
  readonly epochs?: number
  readonly steps?: number
}

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'list'

const described: Readonly<Record<Kind, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  list: 'a list',
}

type Kinds<Entries> = Readonly<Record<keyof Entries, readonly Kind[]>>

const modelKinds: Kinds<RunModel> = {
  source: ['string'],
  config: ['string', 'object'],
  preprocessing: ['object'],
  prefix: ['string'],
  weights: ['string'],
  imageSize: ['number'],
  headers: ['object'],
  device: ['string'],
  runtime: ['string'],
  optimize: ['string'],
  threads: ['number'],
  dtype: ['string'],
}

const dataKinds: Kinds<RunData> = {
  source: ['string'],
  layout: ['string'],
  columns: ['object'],
  images: ['string'],
  byName: ['boolean'],
  absolutePaths: ['boolean'],
  split: ['string', 'list'],
  weights: ['list'],
  headers: ['object'],
}

const loaderKinds: Kinds<Omit<LoaderEntries, 'seed'>> = {
  batchSize: ['number'],
  texts: ['object'],
  augmentation: ['string', 'object'],
  rank: ['number'],
  worldSize: ['number'],
  shuffle: ['number'],
  samplesPerEpoch: ['number'],
  maxSkipped: ['number'],
}

const trainerKinds: Kinds<TrainerEntries> = {
  optimizer: ['object'],
  schedule: ['object'],
  freeze: ['object'],
  patchDropout: ['number'],
  microBatch: ['number'],
  saveEvery: ['number'],
  keep: ['number'],
  seed: ['number'],
  name: ['string'],
}

/** Entries of the model and the data that may also stand on the top level, where they need no object around them. */
const shortcuts = {
  model: ['device', 'runtime', 'optimize', 'imageSize'],
  data: ['images', 'columns', 'split', 'absolutePaths', 'layout', 'byName'],
} as const satisfies { model: readonly (keyof RunModel)[]; data: readonly (keyof RunData)[] }

const kinds: Readonly<Record<string, readonly Kind[]>> = {
  model: ['string', 'object'],
  modelConfig: modelKinds.config,
  data: ['string', 'object'],
  out: ['string'],
  epochs: ['number'],
  steps: ['number'],
  loss: ['object'],
  ...pick(modelKinds, shortcuts.model),
  ...pick(dataKinds, shortcuts.data),
  ...loaderKinds,
  ...trainerKinds,
}

/** Entries that describe a checkpoint: a new model has none, and its config says the rest. */
const forCheckpoints = ['preprocessing', 'prefix', 'weights', 'imageSize', 'headers'] as const

/** @throws DreamLIPError `INVALID_CONFIG` that lists everything that is wrong with the file */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const given = await readObject(path)
  const { model, modelConfig, data, ...rest } = given
  const modelEntries = { config: modelConfig, ...pick(rest, shortcuts.model), ...withSource(model) } as RunModel
  const problems = [
    ...(data === undefined ? ['"data" is missing'] : []),
    ...(given.out === undefined ? ['"out" is missing'] : []),
    ...(modelEntries.source === undefined ? problemsOfNew(modelEntries) : []),
    ...problemsOf('', given, kinds),
    ...(isObject(model) ? problemsOf('model.', model, modelKinds) : []),
    ...(isObject(data) ? problemsOf('data.', data, dataKinds) : []),
    ...(isObject(data) && data.source === undefined ? ['"data.source" is missing'] : []),
  ]
  if (problems.length > 0) refuse(path, problems)
  return {
    model: { ...modelEntries, config: await configOf(modelEntries.config) },
    data: { ...pick(rest, shortcuts.data), ...withSource(data) } as RunData,
    loader: pick(rest, [...Object.keys(loaderKinds), 'seed']),
    trainer: pick(rest, Object.keys(trainerKinds)),
    ...pick(rest, ['loss', 'out', 'epochs', 'steps']),
  } as RunConfig
}

function problemsOfNew(model: RunModel): string[] {
  const needless = forCheckpoints.filter((name) => model[name] !== undefined)
  return [
    ...(model.config === undefined ? ['"model", a checkpoint, or "modelConfig", such as "ViT-S-32", is missing'] : []),
    ...needless.map((name) => `"${name}" needs a checkpoint, but there is no "model"`),
  ]
}

/** A config as it stands, or read from the `.json` file that is named. */
async function configOf(config: RunModel['config']): Promise<RunModel['config']> {
  return typeof config === 'string' && /\.json$/i.test(config) ? await readObject(config) : config
}

function withSource(entry: unknown): object | undefined {
  return typeof entry === 'string' ? { source: entry } : (entry as object | undefined)
}

async function readObject(path: string): Promise<Record<string, unknown>> {
  const text = await readTextFile(path, 1 << 20).catch((error: Error) => refuse(path, [error.message]))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refuse(path, [(error as Error).message])
  }
  return isObject(value) ? value : refuse(path, ['expected an object'])
}

function problemsOf(
  within: string,
  entries: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, readonly Kind[]>>,
): string[] {
  return Object.entries(entries).flatMap(([name, value]) => {
    if (!Object.hasOwn(known, name)) {
      return [`unknown option "${within}${name}"; known: ${Object.keys(known).join(', ')}`]
    }
    if (known[name]!.includes(kindOf(value) as Kind)) return []
    return [
      `"${within}${name}": expected ${known[name]!.map((kind) => described[kind]).join(' or ')}, got ${JSON.stringify(value)}`,
    ]
  })
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  return value === null ? 'null' : typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return kindOf(value) === 'object'
}

/** Some entries of an object: those that it has. */
function pick<T extends object>(object: T, names: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name))) as Partial<T>
}

function refuse(path: string, problems: readonly string[]): never {
  throw new DreamLIPError('INVALID_CONFIG', `${path}: ${problems.join('; ')}.`)
}
