/** `dreamlip inspect`: shows the contents of a checkpoint without loading its weights. */
import type { Command } from 'commander'
import { inspectCheckpoint, type ConfigSource, type InspectedCheckpoint } from '../../../index.node.ts'
import { configOption, prefixOption, weightsOption } from '../../model'
import { formatBytes } from '../../progress'
import { createVerb, type Answer, type Answering, type Context } from '../../verb'

interface InspectOptions {
  readonly json?: boolean
  readonly config?: string
  readonly prefix?: string
  readonly weights?: string
}

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

async function inspect(source: string, options: InspectOptions, { signal }: Context): Promise<Answer> {
  const { config, prefix, weights } = options
  const facts = await inspectCheckpoint(source, { config, prefix, weights, signal })
  return { json: { source, ...facts }, text: render(source, facts) }
}

function render(source: string, facts: InspectedCheckpoint): string {
  const { parameters, config, problem } = facts
  const [total, vision, text] = [parameters.total, parameters.vision, parameters.text].map((count) =>
    count.toLocaleString('en'),
  )
  const lines: [title: string, value: string][] = [
    ...(facts.file && facts.file !== source ? [['file', facts.file] as [string, string]] : []),
    ['format', `${facts.format}, ${formatBytes(facts.byteLength ?? 0)} (${formatBytes(facts.bytesRead)} read)`],
    ['model', config ? `${facts.name ?? 'a custom config'}, ${configSources[facts.configFrom!]}` : problem!.message],
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
    source,
    ...lines.map(([title, value]) => `  ${title.padEnd(width)}  ${value}`),
    ...renderTensors(facts.tensors),
  ].join('\n')
}

const configSources: Readonly<Record<ConfigSource, string>> = {
  option: 'as --config says',
  file: 'as the file says',
  beside: 'from the files next to it',
  shapes: 'from the shapes of the tensors',
}

function abbreviate(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text
}

/** One line per tensor. Tensors of equal blocks share a line, with `*` instead of the block's number. */
function renderTensors(tensors: InspectedCheckpoint['tensors']): string[] {
  const groups = new Map<string, number>()
  for (const { name, shape, dtype } of tensors) {
    const line = `    ${name.replace(/\.\d+\./g, '.*.').padEnd(58)} [${shape.join(', ')}]  ${dtype}`
    groups.set(line, (groups.get(line) ?? 0) + 1)
  }
  return [...groups].map(([line, count]) => (count > 1 ? `${line}  ×${count}` : line))
}
