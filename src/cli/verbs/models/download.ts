/** `dreamlip download`: downloads a checkpoint, or lists the released ones. */
import type { Command } from 'commander'
import { downloadCheckpoint, releasedCheckpoints } from '../../../index.node.ts'
import { formatBytes } from '../../progress'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../../verb'

interface DownloadOptions {
  readonly json?: boolean
  readonly out?: string
  readonly sha256?: string
  readonly force?: boolean
}

const examples = `
dreamlip download
dreamlip download cc3m
dreamlip download hf://xiaorui638/flair/flair-merged30m.pt
dreamlip download https://example.org/model.safetensors --out models
dreamlip classify -m cc3m photo.jpg --labels cat,dog`

export function downloadCommand(answer: Answering): Command {
  return createVerb('download', 'download a checkpoint; without a name, list the released ones', examples)
    .argument('[checkpoint]', 'name of a released checkpoint, hf://owner/name, or a URL')
    .option(
      '-o, --out <folder>',
      "folder to store it in (default: DREAMLIP_CACHE, or the user's cache folder; for hf:// the Hub's cache)",
    )
    .option('--sha256 <hex>', 'refuse the file if it has another checksum')
    .option('--force', 'download it again even if it exists')
    .action((name: string | undefined, options: DownloadOptions) =>
      answer(options, (context) => (name === undefined ? list() : download(name, options, context))),
    )
}

/** Only the path is on standard output, so that another command can use it. */
async function download(name: string, { out, sha256, force }: DownloadOptions, context: Context): Promise<Answer> {
  if (out && /\.(pth?|safetensors)$/i.test(out)) refuseUsage(`--out: expected a folder; got '${out}'.`)
  const { signal, onProgress, note } = context
  const result = await downloadCheckpoint(name, { cacheDir: out, sha256, force, signal, onProgress })
  note(`${result.cached ? 'already there' : 'downloaded'}: ${formatBytes(result.bytes)}, sha256 ${result.sha256}`)
  return { json: result, text: result.path }
}

async function list(): Promise<Answer> {
  const entries = Object.entries(releasedCheckpoints)
  const width = Math.max(...entries.map(([name]) => name.length))
  return {
    json: { checkpoints: entries.map(([name, facts]) => ({ name, ...facts })) },
    text: entries.map(([name, { config, data }]) => `${name.padEnd(width)}  ${config}, trained on ${data}`).join('\n'),
  }
}
