/** The options by which verbs name a model, and the model's life during a verb. */
import { Option, type Command } from 'commander'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { downloadCheckpoint, DreamLIP, DreamLIPError, releasedCheckpoints } from '../index'
import type { DeviceName, DeviceOptions, OpenCLIPConfig } from '../index'
import { createVerb, parseCount, type Context } from './verb'

export interface ModelOptions {
  readonly json?: boolean
  readonly model: string
  readonly config?: string
  readonly device: DeviceName
  readonly dtype: NonNullable<DeviceOptions['dtype']>
  readonly batchSize?: number
}

/** A verb that runs a model. */
export function createModelVerb(name: string, description: string, examples: string): Command {
  return createVerb(name, description, examples)
    .addOption(modelOption())
    .addOption(configOption())
    .option('--device <name>', 'auto, cuda, webgpu, wasm, cpu', 'auto')
    .addOption(
      new Option('--dtype <type>', 'weights: float32; float16 for half the memory; int8 for speed')
        .choices(['float32', 'float16', 'int8'])
        .default('float32'),
    )
    .option('--batch-size <n>', 'images or texts that go through the model at once', parseCount)
}

export function modelOption(): Option {
  return new Option('-m, --model <file>', 'checkpoint: path, URL, or name of a released one (see dreamlip download)')
    .env('DREAMLIP_MODEL')
    .default(embedded, 'the small model inside the package, which knows emoji')
}

/** The name of the model inside the package. */
const embedded = 'emoji-scenes'

export function configOption(): Option {
  return new Option(
    '--config <name>',
    "model's name (ViT-B-16) or open_clip's .json file, where the checkpoint does not tell",
  )
}

/** Loads the model, gives it to `work`, and frees it whatever happens. */
export async function withModel<T>(
  {
    model: named,
    config,
    device,
    dtype,
  }: Pick<ModelOptions, 'model' | 'config' | 'device'> & Partial<Pick<ModelOptions, 'dtype'>>,
  context: Context,
  work: (model: DreamLIP) => Promise<T>,
): Promise<T> {
  const { signal, onProgress } = context
  const source = await findCheckpoint(named, context)
  const model = await DreamLIP.load(source, { config: await readConfig(config), device, dtype, signal, onProgress })
  try {
    return await work(model)
  } finally {
    model.dispose()
  }
}

/** A file of that name comes before the models that are known by it; nothing stands for the embedded one. */
async function findCheckpoint(named: string, { signal, onProgress, note }: Context): Promise<string | undefined> {
  if (existsSync(named)) return named
  if (Object.hasOwn(releasedCheckpoints, named)) return (await downloadCheckpoint(named, { signal, onProgress })).path
  if (named !== embedded) return named
  note(
    `using ${embedded}, the small model inside the package: it knows drawn emoji and nothing else (--model names another).`,
  )
  return undefined
}

/** A name as it is, a file as the config that it holds. */
export async function readConfig(config: string | undefined): Promise<string | OpenCLIPConfig | undefined> {
  if (!config?.endsWith('.json')) return config
  try {
    return JSON.parse(await readFile(config, 'utf8')) as OpenCLIPConfig
  } catch (error) {
    throw new DreamLIPError('INVALID_CONFIG', `${config}: expected open_clip's JSON: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}
