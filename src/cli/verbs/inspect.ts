/** `dreamlip inspect`: what a checkpoint holds, without loading its weights. */
import type { Command } from 'commander'
import { elementCount } from '../../shape'
import type { ConfigSource } from '../../inference/model-files/find-architecture'
import { planModel } from '../../inference/model-files/plan-model'
import { DreamLIPError, modelConfigs, readCheckpoint, toOpenCLIPConfig } from '../../index'
import type { Checkpoint, CheckpointTensor, CLIPConfig, OpenCLIPConfig } from '../../index'
import { configOption, prefixOption, weightsOption } from '../model'
import { formatBytes } from '../progress'
import { createVerb, type Answer, type Answering, type Context } from '../verb'

interface InspectOptions {
  readonly json?: boolean
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
}

/** The model that a checkpoint makes, or why it makes none. */
type Fit =
  | { readonly config: CLIPConfig; readonly configFrom: ConfigSource; readonly assumptions: readonly string[] }
  | { readonly problem: { readonly code: string; readonly message: string } }

const examples = `
dreamlip inspect vitb16.pt
dreamlip inspect https://example.org/model.safetensors
dreamlip inspect vitb16.pt --json | jq '.config.vision_cfg'`

export function inspectCommand(answer: Answering): Command {
  return createVerb('inspect', "show a checkpoint's format, config and tensors without loading it", examples)
    .argument('<checkpoint>', 'file, folder or URL')
    .addOption(configOption())
    .addOption(prefixOption())
    .addOption(weightsOption())
    .action((source: string, options: InspectOptions) =>
      answer(options, (context) => inspect(source, options, context)),
    )
}

async function inspect(input: string, options: InspectOptions, { signal }: Context): Promise<Answer> {
  const checkpoint = await readCheckpoint(input, { weights: options.weights, signal })
  try {
    const fit = await fitModel(checkpoint, options)
    const facts = {
      source: input,
      file: checkpoint.file,
      format: checkpoint.format,
      byteLength: checkpoint.byteLength,
      bytesRead: checkpoint.bytesRead,
      ...('config' in fit ? { ...fit, config: toOpenCLIPConfig(fit.config), name: nameOf(fit.config) } : fit),
      parameters: countParameters(checkpoint),
      metadata: checkpoint.metadata,
      tensors: [...checkpoint.tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    }
    return { json: facts, text: render(facts) }
  } finally {
    await checkpoint.close()
  }
}

/** A file that is no CLIP is no failure: seeing what it is instead is what this verb is for. */
async function fitModel(checkpoint: Checkpoint, { config: given, prefix, weights }: InspectOptions): Promise<Fit> {
  try {
    const { config, configFrom, assumptions } = await planModel(checkpoint, { config: given, prefix, weights })
    return { config, configFrom, assumptions }
  } catch (error) {
    if (error instanceof DreamLIPError) return { problem: { code: error.code, message: error.message } }
    throw error
  }
}

function nameOf(config: CLIPConfig): string | undefined {
  const sought = JSON.stringify(toOpenCLIPConfig(config))
  return Object.keys(modelConfigs).find((name) => JSON.stringify(toOpenCLIPConfig(modelConfigs[name]!)) === sought)
}

/** What the names of each tower's tensors start with, in open_clip's, OpenAI's and Hugging Face's layouts. */
const visionNames = /(?:^|\.)(visual\.|vision_model\.|visual_projection\.)/
const textNames =
  /(?:^|\.)(text\.|text_model\.|text_projection|transformer\.|token_embedding\.|positional_embedding$|ln_final\.)/

/** Elements of floating point tensors, by the tower that their names tell. */
function countParameters({ tensors }: Checkpoint) {
  const counts = { total: 0, vision: 0, text: 0, other: 0 }
  for (const [name, { shape, dtype }] of tensors) {
    if (!dtype.includes('float')) continue
    const part = visionNames.test(name) ? 'vision' : textNames.test(name) ? 'text' : 'other'
    counts[part] += elementCount(shape)
    counts.total += elementCount(shape)
  }
  return counts
}

interface Facts {
  readonly source: string
  readonly file?: string
  readonly assumptions?: readonly string[]
  readonly format: string
  readonly byteLength?: number
  readonly bytesRead: number
  readonly config?: OpenCLIPConfig
  readonly configFrom?: string
  readonly name?: string
  readonly problem?: { readonly message: string }
  readonly parameters: ReturnType<typeof countParameters>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly tensors: readonly TensorFacts[]
}

type TensorFacts = Pick<CheckpointTensor, 'name' | 'shape' | 'dtype'>

function render(facts: Facts): string {
  const { parameters, config, problem } = facts
  const { total, vision, text } = Object.fromEntries(
    Object.entries(parameters).map(([part, count]) => [part, count.toLocaleString('en')]),
  )
  const lines: [title: string, value: string][] = [
    ...(facts.file && facts.file !== facts.source ? [['file', facts.file] as [string, string]] : []),
    ['format', `${facts.format}, ${formatBytes(facts.byteLength ?? 0)} (${formatBytes(facts.bytesRead)} read)`],
    [
      'model',
      config ? `${facts.name ?? 'a size without a name'}, ${configSources[facts.configFrom!]!}` : problem!.message,
    ],
    ...(config ? [['config', JSON.stringify(config)] as [string, string]] : []),
    ...(facts.assumptions ?? []).map((assumption): [string, string] => ['assumed', assumption]),
    ['parameters', config ? `${total}: vision ${vision}, text ${text}` : total!],
    ...Object.entries(facts.metadata)
      .filter(([key]) => !(config && key === 'config'))
      .map(([key, value]): [string, string] => [`metadata ${key}`, abbreviate(String(value))]),
    ['tensors', String(facts.tensors.length)],
  ]
  const width = Math.max(...lines.map(([title]) => title.length))
  return [
    facts.source,
    ...lines.map(([title, value]) => `  ${title.padEnd(width)}  ${value}`),
    ...renderTensors(facts.tensors),
  ].join('\n')
}

const configSources: Readonly<Record<string, string>> = {
  option: 'as --config says',
  file: 'as the file says',
  beside: 'as the files beside it say',
  shapes: "as the tensors' shapes tell",
}

function abbreviate(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text
}

/** A line for each tensor; those of equal blocks share one, with `*` for the block's number. */
function renderTensors(tensors: readonly TensorFacts[]): string[] {
  const groups = new Map<string, number>()
  for (const { name, shape, dtype } of tensors) {
    const line = `    ${name.replace(/\.\d+\./g, '.*.').padEnd(58)} [${shape.join(', ')}]  ${dtype}`
    groups.set(line, (groups.get(line) ?? 0) + 1)
  }
  return [...groups].map(([line, count]) => (count > 1 ? `${line}  ×${count}` : line))
}
