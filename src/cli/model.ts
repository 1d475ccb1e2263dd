/** The options that select a model; loads it for a verb, and frees it afterwards. */
import { Option, type Command } from 'commander'
import { DreamLIP, decodeModes, longTextModes } from '../index.node.ts'
import type { DecodeMode, DeviceName, DeviceOptions, LoadOptions } from '../index.node.ts'
import { createVerb, parseCount, type Context } from './verb'

export interface ModelOptions {
  readonly json?: boolean
  readonly model: string
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
  readonly device: DeviceName
  readonly dtype: NonNullable<DeviceOptions['dtype']>
  readonly batchSize?: number
  readonly contextLength?: number
}

/** A verb that runs a model. */
export function createModelVerb(name: string, description: string, examples: string): Command {
  return createVerb(name, description, examples)
    .addOption(modelOption())
    .addOption(configOption())
    .addOption(prefixOption())
    .addOption(weightsOption())
    .addOption(contextLengthOption())
    .option('--device <name>', 'auto, cuda, webgpu, wasm, cpu', 'auto')
    .addOption(
      new Option(
        '--dtype <type>',
        'weights: float32; float16 for half the memory; int8 for speed; int4 for least memory',
      )
        .choices(['float32', 'float16', 'int8', 'int4'])
        .default('float32'),
    )
    .option('--batch-size <n>', 'how many images or texts go through the model at once', parseCount)
}

export function modelOption(): Option {
  return new Option(
    '-m, --model <file>',
    'checkpoint: path, folder, URL, hf://owner/name, or name of a released checkpoint (see dreamlip download)',
  )
    .env('DREAMLIP_MODEL')
    .default(embedded, 'the small model inside the package, which knows only drawn emoji')
}

/** The name of the model inside the package. */
export const embedded = 'emoji-scenes'

export function configOption(): Option {
  return new Option(
    '--config <name>',
    "name of the model (ViT-B-16), or open_clip's or Hugging Face's .json file, if the checkpoint contains no config",
  )
}

export function prefixOption(): Option {
  return new Option(
    '--prefix <names>',
    "prefix of the model's tensor names, if the file contains several models (student.)",
  )
}

export function weightsOption(): Option {
  return new Option(
    '--weights <key>',
    'which weights to use, if the file contains several: model, ema, or a key of the file',
  )
}

export function contextLengthOption(): Option {
  return new Option(
    '--context-length <n>',
    'most tokens of a text, if it is to be another than the model was trained with: positions are stretched as in Long-CLIP',
  ).argParser(parseCount)
}

export function longOption(): Option {
  return new Option(
    '--long <mode>',
    'texts longer than the context: truncate cuts them (default); sentences and windows embed all of a text in pieces',
  ).choices(longTextModes)
}

export function decodeOption(fallback: DecodeMode): Option {
  return new Option(
    '--decode <mode>',
    `large JPEG and WebP images: exact decodes them as a whole, fast at a smaller size (default: ${fallback})`,
  ).choices(decodeModes)
}

/** Loads the model that the verb's options name, passes it to `work`, and always frees it. */
export function withModel<T>(
  {
    model,
    config,
    prefix,
    weights,
    contextLength,
    device,
    dtype,
    worker,
  }: Omit<ModelOptions, 'device' | 'dtype'> & Partial<ModelOptions> & Pick<LoadOptions, 'worker'>,
  context: Context,
  work: (model: DreamLIP) => Promise<T>,
): Promise<T> {
  return withCheckpoint(model, { config, prefix, weights, contextLength, device, dtype, worker }, context, work)
}

/** Loads a model by its name, path or URL, passes it to `work`, and always frees it. */
export async function withCheckpoint<T>(
  named: string,
  options: LoadOptions,
  context: Context,
  work: (model: DreamLIP) => Promise<T>,
): Promise<T> {
  const { signal, onProgress, note } = context
  if (named === embedded) {
    note(
      `using ${embedded}, the small model inside the package: it knows drawn emoji and nothing else. Use --model for another.`,
    )
  }
  const model = await DreamLIP.load(named, { ...options, signal, onProgress, onWarning: note })
  try {
    return await work(model)
  } finally {
    model.dispose()
  }
}
