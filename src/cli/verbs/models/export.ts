/** `dreamlip export`: writes one tower as an ONNX file, for other programs. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ExportedOutput, ExportOptions, ModelPart } from '../../../index.node.ts'
import { configOption, modelOption, withModel } from '../../model'
import { checkFolder, makeFolder } from '../../../bytes/write/make-folder.node.ts'
import { formatBytes } from '../../progress'
import { createVerb, parseCount, refuseUsage, type Answer, type Answering, type Context } from '../../verb'

interface ExportArguments {
  readonly json?: boolean
  readonly model: string
  readonly config?: string
  readonly part: ModelPart
  readonly output: ExportedOutput
  readonly layer?: number
  readonly out: string
  readonly dtype: NonNullable<ExportOptions['dtype']>
  readonly fixedBatch?: number
}

const examples = `
dreamlip export --model vitb16.pt --part image --out onnx/vision_model.onnx
dreamlip export --model vitb16.pt --part text --out onnx/text_model_int8.onnx --dtype int8
dreamlip export --model vitb16.pt --part image --out image-of-8.onnx --fixed-batch 8
dreamlip export --model vitb16.pt --part image --output patches --layer -2 --out vision_tower.onnx`

export function exportCommand(answer: Answering): Command {
  return createVerb('export', 'write one tower as an ONNX file, for other programs to run', examples)
    .addOption(modelOption())
    .addOption(configOption())
    .addOption(new Option('--part <tower>', 'which tower').choices(['image', 'text']).makeOptionMandatory())
    .addOption(
      new Option('--output <what>', 'what the image tower gives')
        .choices(['embeddings', 'patches'])
        .default('embeddings'),
    )
    .option(
      '--layer <n>',
      'with --output patches: those after this block; -2 is the last but one, as in LLaVA',
      parseLayer,
    )
    .requiredOption('-o, --out <file>', '.onnx; weights above 1.9 GB go to a second file next to it')
    .addOption(
      new Option('--dtype <type>', 'type of the weights')
        .choices(['float32', 'float16', 'int8', 'int4'])
        .default('float32'),
    )
    .option('--fixed-batch <n>', 'fix the batch size, and the length of texts to the full context', parseCount)
    .action((options: ExportArguments) => answer(options, (context) => exportTower(options, context)))
}

async function exportTower(options: ExportArguments, context: Context): Promise<Answer> {
  const { part, output, layer, out, dtype, fixedBatch } = options
  if (!/\.onnx$/i.test(out)) refuseUsage(`--out: expected a name ending in .onnx; got '${out}'.`)
  const { signal, onProgress } = context
  await checkFolder(dirname(out))
  const paths = await withModel({ ...options, device: 'auto', dtype: 'float32' }, context, async (model) => {
    await makeFolder(dirname(out))
    const batch = fixedBatch === undefined ? {} : { dynamicBatch: false, batchSize: fixedBatch }
    return model.exportOnnx(out, { part, output, layer, dtype, ...batch, signal, onProgress })
  })
  const files = await Promise.all(paths.map(async (path) => ({ path, bytes: (await stat(path)).size })))
  return {
    json: { part, ...(output === 'patches' && { output, layer }), dtype, batch: fixedBatch ?? null, files },
    text: files.map(({ path, bytes }) => `${path}: ${formatBytes(bytes)}`).join('\n'),
  }
}

function parseLayer(text: string): number {
  if (/^-?\d{1,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number, such as -2.')
}
