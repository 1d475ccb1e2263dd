/** `dreamlip search`: finds pictures of an index by what they show. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { resolve } from 'node:path'
import { writeFileAtomically } from '../../../bytes/write/write-file.node.ts'
import {
  findServer,
  ImageIndex,
  makeThumbnail,
  parseQuery,
  renderSearchPage,
  type SearchOptions,
  type SearchQuery,
  type SearchResult,
} from '../../../index.node.ts'
import { printable } from '../../../printable'
import { checkIndex } from '../../check-index'
import { createModelVerb, longOption, withModel, type ModelOptions } from '../../model'
import { parseBytes, parseCosine, parseDate } from '../../search/filter-values'
import { lanceOptions, withLanceOptions, type LanceSearchOptions } from '../../search/lance-options'
import { joinWords } from '../../search/query-words'
import { describeDuplicates, describeFit, describeHits, describeSimilar } from '../../search/result-text'
import { pictureProtocol, showPicture } from '../../search/terminal-pictures'
import { collect, parseCount, refuseUsage, type Answer, type Answering, type Context } from '../../verb'

interface VerbOptions extends ModelOptions, LanceSearchOptions {
  readonly in: string
  readonly image?: string
  readonly like?: string
  readonly duplicates?: boolean
  readonly folder?: readonly string[]
  readonly from?: ReturnType<typeof parseDate>
  readonly to?: ReturnType<typeof parseDate>
  readonly date: 'taken' | 'modified'
  readonly larger?: number
  readonly smaller?: number
  readonly top: number
  readonly threshold?: number
  readonly long?: SearchOptions['long']
  readonly rerank: boolean
  readonly paths?: boolean
  readonly null?: boolean
  readonly html?: string
  readonly pictures: boolean
}

const examples = `
dreamlip search 'A dog sleeps on a red sofa. Behind it is a window.' --in photos.index
dreamlip search '"a beach" + 0.5:"children playing" - "people"' --in photos.index --from 2023 --to 2024-06
dreamlip search a red bus in the rain --in photos.index --html found.html
dreamlip search --image photo.jpg with snow --in photos.index
dreamlip search --like photos/1.jpg --in photos.index --paths -0 | xargs -0 open
dreamlip search --duplicates --in photos.index
dreamlip search a red bus --in lance:s3://bucket/photos.lance`

export function searchCommand(answer: Answering): Command {
  const verb = createModelVerb('search', 'find pictures of an index by what they show', examples)
  return withLanceOptions(verb)
    .argument('[query...]', 'a description, also of many sentences; or quoted terms with + and - between them')
    .requiredOption(
      '-i, --in <folder>',
      'the folder of the index (see dreamlip index), or lance: and the folder or s3:// address of a table',
    )
    .option('--image <file>', 'find pictures like this file or URL; with a query, those that also show what it says')
    .option('--like <path>', 'find pictures like this one of the index, without it')
    .option(
      '--duplicates',
      'list pictures that occur several times: equal files, and pictures that look almost the same',
    )
    .option('--folder <path>', 'only pictures in this folder; may be given several times', collect)
    .option(
      '--from <date>',
      'only pictures since this year, month, day or minute: 2024, 2024-05, 2024-05-31',
      parseDate,
    )
    .option('--to <date>', 'only pictures until the end of this year, month, day or minute', parseDate)
    .addOption(
      new Option(
        '--date <kind>',
        'what --from and --to are about: when a photograph was taken, or its file was changed',
      )
        .choices(['taken', 'modified'])
        .default('taken'),
    )
    .option('--larger <size>', 'only files of at least this size: 500kB, 2.5MB', parseBytes)
    .option('--smaller <size>', 'only files of at most this size', parseBytes)
    .option('-k, --top <n>', 'how many pictures to find', parseCount, 10)
    .option(
      '--threshold <cosine>',
      'for --like and --duplicates: how similar pictures must be; 0.97 for duplicates',
      parseCosine,
    )
    .addOption(longOption())
    .option('--no-rerank', 'do not look at the best pictures again, with a model that can (FLAIR)')
    .option('--paths', 'print only the paths, one per line')
    .option('-0, --null', 'with --paths: end each path with a NUL character instead of a line break')
    .option('--html <file>', 'write a page with the pictures, and a heat map for each sentence')
    .option('--no-pictures', 'show no pictures in the terminal')
    .action((words: string[], options: VerbOptions) => answer(options, (context) => run(words, options, context)))
}

async function run(words: readonly string[], options: VerbOptions, context: Context): Promise<Answer> {
  const { image, like, duplicates, html, null: isNull, paths, folder, from, to, larger, smaller } = options
  if (isNull && !paths) refuseUsage('-0 needs --paths.')
  const ways = [words.length > 0 || image !== undefined, like !== undefined, duplicates]
  if (ways.filter(Boolean).length !== 1)
    refuseUsage('give a query, --image, --like or --duplicates: one of them, or a query with --image.')
  if (duplicates && [html, folder, from, to, larger, smaller].some((value) => value !== undefined)) {
    refuseUsage('--duplicates compares all pictures of the index: it takes no filters and no --html.')
  }
  if (options.threshold !== undefined && !like && !duplicates) refuseUsage('--threshold needs --like or --duplicates.')
  lanceOptions(options.in, options)
  await checkIndex(options.in)
  if (duplicates) return listDuplicates(options, context)
  return like === undefined ? find(words, options, context) : listSimilar(like, options, context)
}

async function find(words: readonly string[], options: VerbOptions, context: Context): Promise<Answer> {
  const { image, html, top: topK, long, rerank } = options
  const text = words.length > 0 ? joinWords(words) : undefined
  if (text !== undefined) parseQuery(text) // fails before the model is loaded
  const query: SearchQuery = image === undefined ? text! : { image, text }
  const search = { topK, long, rerank, signal: context.signal, ...filtersOf(options) }
  // Only without a page can a running server answer: a page needs the model for its heat maps.
  const server = html === undefined ? await findServer(options.in, { signal: context.signal }) : undefined
  if (server) return present(text ?? image!, await server.search(query, search), options)
  return withIndex(options, context, async (index) => {
    const result = await index.search(query, search)
    if (html !== undefined) await writePage(html, text ?? image!, result, index, context)
    return present(text ?? image!, result, options, index)
  })
}

async function listSimilar(like: string, options: VerbOptions, context: Context): Promise<Answer> {
  return withIndex(options, context, async (index) => {
    const { top: topK, threshold, html } = options
    const address = /^https?:\/\//i.test(like) ? like : resolve(like)
    const { signal } = context
    const hits = await index.similar(address, { topK, threshold, signal, ...filtersOf(options) })
    if (html !== undefined) await writePage(html, like, { hits }, index, context)
    const json = { like: address, hits, ...(html !== undefined && { page: html }) }
    const texts = describeSimilar(hits)
    return answerOf(json, hits, texts, hits.length === 0 ? 'No picture was found.' : '', options, index)
  })
}

async function listDuplicates(options: VerbOptions, context: Context): Promise<Answer> {
  return withIndex(options, context, async (index) => {
    const { threshold } = options
    if (threshold !== undefined && threshold < 0.5)
      throw new InvalidArgumentError('Expected a --threshold from 0.5 to 1.')
    const groups = await index.duplicates({ threshold, signal: context.signal, onProgress: context.onProgress })
    const paths = groups.flatMap(({ images }) => images)
    return {
      json: { groups },
      text: describeDuplicates(groups),
      ...(options.paths && { raw: listPaths(paths, options) }),
    }
  })
}

function withIndex<T>(options: VerbOptions, context: Context, work: (index: ImageIndex) => Promise<T>): Promise<T> {
  return withModel(options, context, async (model) => {
    const { signal, onProgress } = context
    const index = await ImageIndex.open(options.in, { model, ...lanceOptions(options.in, options), signal, onProgress })
    try {
      return await work(index)
    } finally {
      await index.close()
    }
  })
}

function filtersOf({ folder, from, to, date, larger, smaller }: VerbOptions): SearchOptions {
  const isUrl = (path: string) => /^https?:\/\//i.test(path)
  return {
    ...(folder && { folder: folder.map((path) => (isUrl(path) ? path : resolve(path))) }),
    ...((from ?? to) && { [date]: { from: from?.first, to: to?.last } }),
    ...((larger ?? smaller) !== undefined && { size: { from: larger, to: smaller } }),
  }
}

async function writePage(
  file: string,
  title: string,
  result: Parameters<typeof renderSearchPage>[1],
  index: ImageIndex,
  context: Context,
) {
  const { signal, onProgress } = context
  const readImage = (path: string) => index.image(path, { signal })
  const page = await renderSearchPage(title, result, { model: index.model, readImage, signal, onProgress })
  await writeFileAtomically(file, [new TextEncoder().encode(page)])
}

function present(query: string, result: SearchResult, options: VerbOptions, index?: ImageIndex): Promise<Answer> {
  const json = { query, ...result, ...(options.html !== undefined && { page: options.html }) }
  return answerOf(json, result.hits, describeHits(result), describeFit(result), options, index)
}

/** The hits as paths only, with pictures in a terminal that shows them, or as a table. */
async function answerOf(
  json: object,
  hits: readonly { readonly path: string }[],
  texts: readonly string[],
  heading: string,
  options: VerbOptions,
  index?: ImageIndex,
): Promise<Answer> {
  if (options.paths) return { json, text: '', raw: listPaths(hits, options) }
  const footer = options.html === undefined ? [] : [`All together: ${options.html}`]
  const text = [...(heading === '' ? [] : [heading]), ...texts, ...footer].join('\n')
  const protocol = options.json || !options.pictures ? undefined : pictureProtocol(process.stdout.isTTY, process.env)
  if (!protocol) return { json, text }
  const parts = heading === '' ? [] : [`${printable(heading)}\n`]
  for (const [i, { path }] of hits.entries()) {
    const source = (await index?.image(path).catch(() => undefined)) ?? path
    const picture = await makeThumbnail(source, { format: 'png' }).catch(() => undefined)
    parts.push(`${printable(texts[i]!)}\n`, picture ? showPicture(picture.bytes, protocol) : '')
  }
  return { json, text, raw: [...parts, ...footer.map((line) => `${printable(line)}\n`)].join('') }
}

/** Paths as they are, for other programs. */
function listPaths(hits: readonly { readonly path: string }[], { null: isNull }: VerbOptions): string {
  return hits.map(({ path }) => path + (isNull ? '\0' : '\n')).join('')
}
