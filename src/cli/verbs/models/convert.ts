/** `dreamlip convert`: converts a checkpoint of any layout to one file with weights and config, or to another program's folder. */
import { Option, type Command } from 'commander'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  convertCheckpoint,
  convertTrainingCheckpoint,
  fileDtypes,
  type FileDtype,
  type FolderForm,
} from '../../../index.node.ts'
import { configOption, contextLengthOption, prefixOption, weightsOption } from '../../model'
import { checkFolder } from '../../../bytes/write/make-folder.node.ts'
import { plural } from '../../../plural'
import { formatBytes } from '../../progress'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../../verb'

interface ConvertOptions {
  readonly json?: boolean
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
  readonly contextLength?: number
  readonly dtype?: FileDtype
  readonly to?: FolderForm
  readonly leaveOut?: readonly string[]
  readonly withOptimizer?: boolean
}

const examples = `
dreamlip convert epoch_32.pt vitb16.safetensors
dreamlip convert clip-from-hugging-face.safetensors vitb16.pt --dtype float16
dreamlip convert epoch_32.pt my-clip --to hugging-face
dreamlip convert runs/photos/step-00005000.pt epoch_5.pt --with-optimizer --leave-out logit_scale_local`

export function convertCommand(answer: Answering): Command {
  return createVerb('convert', 'convert a checkpoint: weights and config, without optimizer state', examples)
    .argument(
      '<in>',
      "file, folder or URL: PyTorch or safetensors; names of open_clip, OpenAI or Hugging Face's CLIPModel",
    )
    .argument(
      '<out>',
      ".safetensors, or .pt for torch.load(weights_only=True), with open_clip's tensor names; a folder with --to",
    )
    .addOption(
      new Option('--to <form>', 'write a folder that transformers or open_clip load').choices([
        'hugging-face',
        'open-clip',
      ]),
    )
    .option(
      '--leave-out <names>',
      'optional parameters to leave out, such as visual.proj2,logit_scale_local',
      parseNames,
    )
    .option('--with-optimizer', "convert a run's checkpoint to one that open_clip's trainer resumes from")
    .addOption(new Option('--dtype <type>', 'type of the weights; default: unchanged').choices(fileDtypes))
    .addOption(configOption())
    .addOption(prefixOption())
    .addOption(weightsOption())
    .addOption(contextLengthOption())
    .action((input: string, output: string, options: ConvertOptions) =>
      answer(options, (context) => convert(input, output, options, context)),
    )
}

async function convert(input: string, output: string, options: ConvertOptions, context: Context): Promise<Answer> {
  const isFile = /\.(safetensors|pth?)$/i.test(output)
  if (isFile && options.to) refuseUsage(`<out>: expected a folder, because of --to ${options.to}; got '${output}'.`)
  if (!isFile && !options.to) {
    refuseUsage(`<out>: expected a name ending in .safetensors, .pt or .pth; got '${output}'. For a folder, pass --to.`)
  }
  if (options.withOptimizer) return convertTraining(input, output, options, context)
  const { config, prefix, weights, contextLength, dtype, to, leaveOut } = options
  const { signal, onProgress, note } = context
  await checkFolder(isFile ? dirname(output) : output)
  const reading = { config, prefix, weights, contextLength, dtype, to, leaveOut, signal, onProgress, onWarning: note }
  const { tensors, dtypes, files, ...model } = await convertCheckpoint(input, output, reading)
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return {
    json: { input, output, bytes, dtypes, tensors, files, ...model },
    text: `${output}: ${plural(tensors, 'tensor')} of ${dtypes.join(' and ')}, ${formatBytes(bytes)}`,
  }
}

/** Options that do not apply to training checkpoints: their weights stay as they are, only the trainer's format changes. */
const notForTrainings = ['config', 'prefix', 'weights', 'contextLength', 'dtype', 'to'] as const

async function convertTraining(
  input: string,
  output: string,
  options: ConvertOptions,
  { signal, note }: Context,
): Promise<Answer> {
  const other = notForTrainings.find((name) => options[name] !== undefined)
  if (other) refuseUsage(`--with-optimizer: expected no option but --leave-out; got ${other}.`)
  if (!/\.pth?$/i.test(output)) refuseUsage(`<out>: expected a name ending in .pt, for PyTorch; got '${output}'.`)
  const { epoch, updates, parameters } = await convertTrainingCheckpoint(input, output, {
    leaveOut: options.leaveOut,
    signal,
  })
  const own = parameters.filter((name) => name === 'logit_scale_local' || name === 'visual.proj2')
  if (own.length > 0)
    note(`open_clip's models have no ${own.join(', ')}: to train there, pass --leave-out ${own.join()}.`)
  const { size: bytes } = await stat(output)
  return {
    json: { input, output, bytes, epoch, updates, tensors: parameters.length },
    text: `${output}: ${plural(parameters.length, 'tensor')} with AdamW's state after ${plural(updates, 'update')}, ${formatBytes(bytes)}`,
  }
}

function parseNames(list: string): string[] {
  return list.split(',').filter((name) => name !== '')
}
