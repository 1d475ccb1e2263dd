/** `dreamlip convert`: a checkpoint of any layout to a file with open_clip's names that holds weights and config only. */
import { Option, type Command } from 'commander'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readParameters } from '../../inference/model-files/load-model'
import { explainAssumptions, planModel, type ModelPlan } from '../../inference/model-files/plan-model'
import { parametersAs, saveModel, type FileDtype } from '../../inference/model-files/save-model'
import { readCheckpoint, toOpenCLIPConfig, type HostTensor } from '../../index'
import { configOption, prefixOption, weightsOption } from '../model'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { formatBytes } from '../progress'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface ConvertOptions {
  readonly json?: boolean
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
  readonly dtype?: FileDtype
}

const dtypes: readonly FileDtype[] = ['float32', 'float16', 'bfloat16']

const examples = `
dreamlip convert epoch_32.pt vitb16.safetensors
dreamlip convert clip-from-hugging-face.safetensors vitb16.pt --dtype float16`

export function convertCommand(answer: Answering): Command {
  return createVerb('convert', 'write a checkpoint anew: weights and config, without optimizer state', examples)
    .argument(
      '<in>',
      "file, folder or URL: PyTorch or safetensors; names of open_clip, OpenAI or Hugging Face's CLIPModel",
    )
    .argument('<out>', '.safetensors, or .pt as torch.load(weights_only=True) reads it; tensors named as in open_clip')
    .addOption(new Option('--dtype <type>', 'type of the weights; default: as they are').choices(dtypes))
    .addOption(configOption())
    .addOption(prefixOption())
    .addOption(weightsOption())
    .action((input: string, output: string, options: ConvertOptions) =>
      answer(options, (context) => convert(input, output, options, context)),
    )
}

async function convert(input: string, output: string, options: ConvertOptions, context: Context): Promise<Answer> {
  if (!/\.(safetensors|pth?)$/i.test(output)) {
    refuseUsage(`<out>: expected a name ending in .safetensors, .pt or .pth; got '${output}'.`)
  }
  const { config, prefix, weights } = options
  const { signal, note } = context
  const checkpoint = await readCheckpoint(input, { weights, signal })
  try {
    const plan = await planModel(checkpoint, { config, prefix, weights, signal })
    const warning = explainAssumptions(plan)
    if (warning) note(warning)
    await makeFolder(dirname(output))
    const parameters = await readAs(plan, options.dtype, context)
    const denseUse = { ...plan.metadata, preprocessing: plan.preprocessing }
    await saveModel(output, { config: plan.config, parameters, denseUse }, signal)
    const bytes = (await stat(output)).size
    const types = [...new Set([...parameters.values()].map(({ dtype }) => dtype))]
    return {
      json: {
        input,
        output,
        bytes,
        dtypes: types,
        tensors: parameters.size,
        assumptions: plan.assumptions,
        config: toOpenCLIPConfig(plan.config),
      },
      text: `${output}: ${parameters.size} tensors of ${types.join(' and ')}, ${formatBytes(bytes)}`,
    }
  } finally {
    await checkpoint.close()
  }
}

/** All parameters in memory, to be written in the type asked for, or in that of the file. */
async function readAs(
  plan: ModelPlan,
  asked: FileDtype | undefined,
  { signal, onProgress }: Context,
): Promise<ReadonlyMap<string, HostTensor>> {
  const types = new Map(plan.tensors.map(({ name, dtype }) => [name, dtypes.find((known) => known === dtype)]))
  const parameters = new Map<string, HostTensor>()
  for await (const { name, data, shape, done, total } of readParameters(plan, signal)) {
    parameters.set(name, { data, shape, dtype: (asked ? undefined : types.get(name)) ?? 'float32' })
    onProgress({ stage: 'load', done, total })
  }
  return asked ? parametersAs(asked, parameters) : parameters
}
