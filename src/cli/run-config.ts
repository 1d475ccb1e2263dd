/** The JSON file that describes a run. */
import { readTextFile } from '../bytes/read/file.node.ts'
import { DreamLIPError } from '../index'
import type { DeviceName, LoaderOptions, LossOptions, OpenRecordsOptions, TrainerOptions } from '../index'

type ForTrainer =
  'optimizer' | 'schedule' | 'freeze' | 'patchDropout' | 'microBatch' | 'saveEvery' | 'keep' | 'seed' | 'name'

/** What `dreamlip train` reads; docs/training.md says what each entry does. */
export interface RunConfig
  extends
    Pick<TrainerOptions, ForTrainer>,
    Pick<LoaderOptions, 'batchSize' | 'texts' | 'shuffle' | 'maxSkipped'>,
    Pick<OpenRecordsOptions, 'columns' | 'absolutePaths'> {
  readonly model?: string
  readonly modelConfig?: string
  readonly data: string
  readonly images?: string
  readonly split?: string
  readonly augmentation?: 'none' | 'crop' | 'strong'
  readonly out: string
  readonly epochs?: number
  readonly steps?: number
  readonly loss?: LossOptions
  readonly device: DeviceName
}

type Kind = 'text' | 'number' | 'object' | 'boolean'

const kinds: Readonly<Record<keyof RunConfig, Kind>> = {
  model: 'text',
  modelConfig: 'text',
  data: 'text',
  images: 'text',
  columns: 'object',
  absolutePaths: 'boolean',
  split: 'text',
  out: 'text',
  epochs: 'number',
  steps: 'number',
  batchSize: 'number',
  texts: 'object',
  augmentation: 'text',
  shuffle: 'number',
  maxSkipped: 'number',
  loss: 'object',
  optimizer: 'object',
  schedule: 'object',
  freeze: 'object',
  patchDropout: 'number',
  microBatch: 'number',
  saveEvery: 'number',
  keep: 'number',
  seed: 'number',
  name: 'text',
  device: 'text',
}

const types: Readonly<Record<Kind, string>> = {
  text: 'string',
  number: 'number',
  object: 'object',
  boolean: 'boolean',
}

/** @throws DreamLIPError `INVALID_CONFIG` that lists everything that is wrong with the file */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const given = parse(path, await readTextFile(path, 1 << 20).catch((error: Error) => refuse(path, [error.message])))
  const problems = [
    ...['data', 'out'].filter((name) => !(name in given)).map((name) => `"${name}" is missing`),
    ...Object.entries(given).flatMap(([name, value]) => problemsOf(name, value)),
  ]
  if (problems.length > 0) refuse(path, problems)
  return { device: 'auto', ...given } as unknown as RunConfig
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    return refuse(path, [(error as Error).message])
  }
  return refuse(path, ['expected an object'])
}

function problemsOf(name: string, value: unknown): string[] {
  if (!Object.hasOwn(kinds, name)) return [`there is no "${name}"; known: ${Object.keys(kinds).join(', ')}`]
  const kind = kinds[name as keyof RunConfig]
  if (typeof value === types[kind] && value !== null) return []
  return [`"${name}": expected a ${kind}, got ${JSON.stringify(value)}`]
}

function refuse(path: string, problems: readonly string[]): never {
  throw new DreamLIPError('INVALID_CONFIG', `${path}: ${problems.join('; ')}.`)
}
