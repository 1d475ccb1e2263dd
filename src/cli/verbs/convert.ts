/** `dreamlip convert`: converts a checkpoint of any layout to a file with open_clip's names that contains only weights and config. */
import { Option, type Command } from 'commander'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { convertCheckpoint, fileDtypes, type FileDtype } from '../../index.node.ts'
import { configOption, contextLengthOption, prefixOption, weightsOption } from '../model'
import { checkFolder } from '../../bytes/write/make-folder.node.ts'
import { plural } from '../../plural'
import { formatBytes } from '../progress'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface ConvertOptions {
  readonly json?: boolean
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
  readonly contextLength?: number
  readonly dtype?: FileDtype
}

const examples = `
dreamlip convert epoch_32.pt vitb16.safetensors
dreamlip convert clip-from-hugging-face.safetensors vitb16.pt --dtype float16`

export function convertCommand(answer: Answering): Command {
  return createVerb('convert', 'convert a checkpoint: weights and config, without optimizer state', examples)
    .argument(
      '<in>',
      "file, folder or URL: PyTorch or safetensors; names of open_clip, OpenAI or Hugging Face's CLIPModel",
    )
    .argument('<out>', ".safetensors, or .pt for torch.load(weights_only=True); with open_clip's tensor names")
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
  if (!/\.(safetensors|pth?)$/i.test(output)) {
    refuseUsage(`<out>: expected a name ending in .safetensors, .pt or .pth; got '${output}'.`)
  }
  const { config, prefix, weights, contextLength, dtype } = options
  const { signal, onProgress, note } = context
  await checkFolder(dirname(output))
  const reading = { config, prefix, weights, contextLength, dtype, signal, onProgress, onWarning: note }
  const { tensors, dtypes, ...model } = await convertCheckpoint(input, output, reading)
  const bytes = (await stat(output)).size
  return {
    json: { input, output, bytes, dtypes, tensors, ...model },
    text: `${output}: ${plural(tensors, 'tensor')} of ${dtypes.join(' and ')}, ${formatBytes(bytes)}`,
  }
}
