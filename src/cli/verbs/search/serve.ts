/** `dreamlip serve`: serves a page on this machine to search an index of pictures. */
import { spawn } from 'node:child_process'
import { Option, type Command } from 'commander'
import { ImageIndex, serveIndex, type DreamLIP } from '../../../index.node.ts'
import { plural } from '../../../plural'
import { checkIndex } from '../../check-index'
import { isLance, lanceOptions, withLanceOptions, type LanceSearchOptions } from '../../search/lance-options'
import { createModelVerb, withModel, type ModelOptions } from '../../model'
import { parseWhole, type Answering, type Context } from '../../verb'

interface ServeOptions extends ModelOptions, LanceSearchOptions {
  readonly in: string
  readonly port: number
  readonly host: '127.0.0.1' | 'localhost' | '::1'
  readonly open?: boolean
}

const examples = `
dreamlip serve -m vitb16.pt --in photos.index
dreamlip serve -m vitb16.pt --in photos.index --port 8000 --open`

export function serveCommand(answer: Answering): Command {
  const verb = createModelVerb('serve', 'search an index of pictures in a browser, on this machine only', examples)
  return withLanceOptions(verb)
    .requiredOption(
      '--in <folder>',
      'the folder of the index, as dreamlip index makes it; or lance: and the folder or s3:// address of a table',
    )
    .option('--port <n>', 'port of the page; 0 takes any free one', (value) => parseWhole(value, 0), 8600)
    .addOption(
      new Option('--host <address>', 'address of this machine')
        .choices(['127.0.0.1', 'localhost', '::1'])
        .default('127.0.0.1'),
    )
    .option('--open', 'open the page in the browser')
    .action((options: ServeOptions) =>
      answer(options, async (context) => {
        lanceOptions(options.in, options)
        await checkIndex(options.in)
        await withModel(options, context, (model) => serve(model, options, context))
      }),
    )
}

/** Ends when the user interrupts. */
async function serve(model: DreamLIP, options: ServeOptions, { signal, onProgress, print }: Context): Promise<void> {
  await using index = await ImageIndex.open(options.in, {
    model,
    ...lanceOptions(options.in, options),
    signal,
    onProgress,
  })
  await model.preload({ signal, onProgress })
  const place = isLance(options.in) ? options.in : index.folder
  await using server = await serveIndex(index, {
    port: options.port,
    host: options.host,
    ...(isLance(options.in) && { title: options.in }),
  })
  const { url } = server
  print({
    json: { url, index: place, size: index.size },
    text: `${url} searches ${plural(index.size, 'picture')} of ${place}. Ctrl-C ends.`,
  })
  if (options.open) openInBrowser(url)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

function openInBrowser(url: string): void {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform as string] ?? [
    'xdg-open',
  ]
  // Without such a program, the user opens the printed address.
  spawn(command!, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}
