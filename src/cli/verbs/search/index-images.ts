/** `dreamlip index`: makes pictures searchable, and keeps the index up to date. */
import { Option, type Command } from 'commander'
import {
  addEmbeddingsToLance,
  ImageIndex,
  type AnnOptions,
  type DecodeMode,
  type DreamLIP,
  type IndexCounts,
  type LanceDtype,
} from '../../../index.node.ts'
import { plural } from '../../../plural'
import { readNames } from '../../inputs'
import { createModelVerb, decodeOption, withModel, type ModelOptions } from '../../model'
import { isLance, lanceUri } from '../../search/lance-options'
import { parseCount, refuseUsage, type Answer, type Answering, type Context } from '../../verb'

interface IndexOptions extends ModelOptions {
  readonly into: string
  readonly filesFrom?: string
  readonly null?: boolean
  readonly watch?: boolean
  readonly decode?: DecodeMode
  readonly reindex?: boolean
  readonly removeMissing?: boolean
  readonly fromEmbeddings?: string
  readonly ann?: AnnOptions['type']
  readonly partitions?: number
  readonly vectors?: LanceDtype
}

const examples = `
dreamlip index -m vitb16.pt photos/ --into photos.index
dreamlip index -m vitb16.pt photos/ 'scans/**/*.tif' shards/00000.tar --into photos.index
find / -name '*.jpg' -print0 | dreamlip index -m vitb16.pt --files-from - -0 --into photos.index
dreamlip index -m vitb16.pt photos/ --into photos.index --watch
dreamlip index -m better.pt --into photos.index --reindex
dreamlip index --from-embeddings s3://bucket/embeddings --into lance:s3://bucket/photos.lance`

export function indexCommand(answer: Answering): Command {
  return createModelVerb('index', 'make the pictures in folders searchable, and keep the index up to date', examples)
    .argument('[paths...]', 'folders (with their subfolders), files, patterns, tar archives, URLs')
    .requiredOption(
      '--into <folder>',
      'the folder of the index, which is created if it does not exist; or lance: and the folder or s3:// address of a table',
    )
    .option('--files-from <file>', 'a list of paths, one per line; - is standard input')
    .option('-0, --null', 'the names in the list end in NUL characters, so that they may contain line breaks')
    .addOption(decodeOption('fast'))
    .option(
      '--from-embeddings <place>',
      'add what dreamlip embed --shards has written: a folder, or s3://bucket/prefix',
    )
    .addOption(
      new Option(
        '--ann <type>',
        'in a table of LanceDB: the index on its vectors (default: auto, from 50,000 vectors on)',
      ).choices(['auto', 'none', 'ivf-rq', 'ivf-pq', 'ivf-hnsw-sq', 'ivf-flat']),
    )
    .option('--partitions <n>', 'with --ann: how many parts the vectors are divided into', parseCount)
    .addOption(
      new Option('--vectors <type>', 'how a new table of LanceDB keeps vectors (default: float32)').choices([
        'float16',
        'float32',
      ]),
    )
    .option('--watch', 'keep the index up to date until you press Ctrl-C')
    .option('--reindex', 'if the index is of another model: embed all its pictures again with this one')
    .option('--remove-missing', 'folders and files that are not there any more leave the index, instead of an error')
    .action((paths: string[], options: IndexOptions) =>
      answer(options, (context) => indexImages(paths, options, context)),
    )
}

async function indexImages(paths: readonly string[], options: IndexOptions, context: Context): Promise<Answer> {
  const { filesFrom, null: isNull = false, reindex = false, watch } = options
  if (isNull && filesFrom === undefined) refuseUsage('-0 needs --files-from.')
  const isFed = options.fromEmbeddings !== undefined
  if (paths.length === 0 && filesFrom === undefined && !isFed && (!reindex || watch)) {
    refuseUsage('name folders or files, or give --files-from.')
  }
  const listed = filesFrom === undefined ? [] : await readNames(filesFrom, isNull, context.signal)
  const inputs = [...paths, ...listed]
  const forLance = [options.ann, options.partitions, options.vectors].some((value) => value !== undefined)
  if (isLance(options.into) && isFed && inputs.length === 0)
    return feedTable(options.into, options.fromEmbeddings, options, context)
  if (forLance)
    refuseUsage('--ann, --partitions and --vectors need --from-embeddings, and a table as --into (lance:…).')
  return withModel(options, context, async (model) => {
    const index = await openIndex(model, options, context)
    try {
      if (isFed) await feed(index, options.fromEmbeddings, context)
      const counts = inputs.length === 0 ? undefined : await update(index, inputs, options, context)
      return await describe(index, counts)
    } finally {
      await index.close()
    }
  })
}

function openIndex(model: DreamLIP, options: IndexOptions, { signal, onProgress }: Context): Promise<ImageIndex> {
  const { into, reindex, decode, removeMissing } = options
  return ImageIndex.open(into, {
    model,
    reindex,
    decode,
    missing: removeMissing ? 'remove' : 'refuse',
    onProgress,
    signal,
  })
}

async function feed(index: ImageIndex, source: string, { signal, onProgress, note }: Context): Promise<void> {
  const { shards, added, replaced } = await index.addEmbeddings(source, { signal, onProgress })
  const before = replaced > 0 ? `, of which ${plural(replaced, 'picture')} had been there` : ''
  note(`${source}: ${plural(added, 'picture')} of ${plural(shards, 'shard')}${before}`)
}

/** Needs no model: the embeddings name theirs. */
async function feedTable(
  into: string,
  source: string,
  { ann: type, partitions, vectors: dtype }: IndexOptions,
  { signal, onProgress }: Context,
): Promise<Answer> {
  const made = await addEmbeddingsToLance(source, lanceUri(into), {
    dtype,
    ann: { type, partitions },
    signal,
    onProgress,
  })
  const { shards, skipped, added, size, index } = made
  const before = skipped > 0 ? `; ${plural(skipped, 'shard')} had been there` : ''
  const found = index.type === 'none' ? 'no index: every search compares all vectors' : `index ${index.type}`
  return {
    json: { table: into, ...made },
    text: `${into}: ${plural(size, 'picture')} (${plural(added, 'picture')} of ${plural(shards, 'shard')} added${before}; ${found}).`,
  }
}

/** @returns the counts of the last update */
async function update(
  index: ImageIndex,
  inputs: readonly string[],
  { removeMissing, batchSize, decode, watch }: IndexOptions,
  { signal, onProgress, note }: Context,
): Promise<IndexCounts | undefined> {
  const options = { missing: removeMissing ? 'remove' : 'refuse', batchSize, decode, signal, onProgress } as const
  const tell = ({ newProblems }: IndexCounts) => newProblems.forEach(({ message }) => note(`left out: ${message}`))
  if (!watch) {
    const counts = await index.add(inputs, options)
    tell(counts)
    return counts
  }
  let last: IndexCounts | undefined
  for await (const counts of index.watch(inputs, { ...options, onWarning: note })) {
    tell(counts)
    note(`${summary(index, counts)} Watching for changes; Ctrl-C ends.`)
    last = counts
  }
  return last
}

async function describe(index: ImageIndex, counts: IndexCounts | undefined): Promise<Answer> {
  const { folder, size } = index
  return {
    json: { index: folder, size, ...counts, leftOut: await index.problems() },
    text: counts ? summary(index, counts) : `${folder}: ${plural(size, 'picture')}.`,
  }
}

/** One line: what the index contains, and what has changed. */
function summary({ folder, size }: ImageIndex, counts: IndexCounts): string {
  const { embedded, copied, removed, unchanged, problems } = counts
  const parts = [
    `${embedded.toLocaleString('en')} embedded`,
    ...(copied > 0 ? [`${copied.toLocaleString('en')} moved or duplicate`] : []),
    ...(removed > 0 ? [`${removed.toLocaleString('en')} removed`] : []),
    `${unchanged.toLocaleString('en')} unchanged`,
  ]
  const bad = Object.entries(problems).filter(([, count]) => count > 0)
  const left = bad.map(([reason, count]) => `${count.toLocaleString('en')} ${reason}`).join(', ')
  return `${folder}: ${plural(size, 'picture')} (${parts.join(', ')})${left && `; left out: ${left}`}.`
}
