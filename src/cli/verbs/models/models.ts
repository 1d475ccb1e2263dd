/** `dreamlip models`: lists the models that are kept on this machine, and removes them. */
import type { Command } from 'commander'
import { models, type StoredModel } from '../../../index.node.ts'
import { formatBytes } from '../../progress'
import { createVerb, refuseUsage, type Answer, type Answering } from '../../verb'

const examples = `
dreamlip models
dreamlip models remove hf://xiaorui638/flair
dreamlip models remove cc3m`

export function modelsCommand(answer: Answering): Command {
  return createVerb('models', 'list the models in the cache, or remove one', examples)
    .argument('[action]', '`list` (default) or `remove`')
    .argument('[name]', 'model to remove, as in the list: hf://owner/name, hf://owner/name@revision, cc3m, a path')
    .action((action: string | undefined, name: string | undefined, options: { json?: boolean }) =>
      answer(options, () => act(action ?? 'list', name)),
    )
}

async function act(action: string, name: string | undefined): Promise<Answer> {
  if (action === 'remove') {
    return name === undefined ? refuseUsage('models remove: expected the name of a model.') : remove(name)
  }
  if (action !== 'list') refuseUsage(`models: expected list or remove; got '${action}'.`)
  if (name !== undefined) refuseUsage(`models list: expected no other argument; got '${name}'.`)
  return list()
}

async function list(): Promise<Answer> {
  const stored = await models.list()
  return { json: { models: stored }, text: stored.length > 0 ? table(stored) : 'No models are stored.' }
}

async function remove(name: string): Promise<Answer> {
  const bytes = await models.remove(name)
  return {
    json: { source: name, bytes },
    text: bytes > 0 ? `removed ${name}: ${formatBytes(bytes)}` : `${name} is not stored.`,
  }
}

function table(stored: readonly StoredModel[]): string {
  const rows = stored.map(({ source, revision, bytes, usedAt }) => [
    source,
    revision?.slice(0, 12) ?? '',
    formatBytes(bytes),
    usedAt ? usedAt.toISOString().slice(0, 10) : '',
  ])
  const lines = [['model', 'revision', 'size', 'last used'], ...rows]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
