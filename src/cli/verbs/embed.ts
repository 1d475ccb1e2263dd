/** `dreamlip embed`: turns images and texts into vectors. */
import type { Command } from 'commander'
import { dirname } from 'node:path'
import { rows, saveEmbeddings } from '../../index.node.ts'
import type { DreamLIP, EmbeddingKind, Embeddings, TruncatedText } from '../../index.node.ts'
import { withoutSecrets } from '../../bytes/http/address'
import { listInputs, readLines } from '../inputs'
import { createModelVerb, decodeOption, longOption, withModel } from '../model'
import { checkFolder, makeFolder } from '../../bytes/write/make-folder.node.ts'
import { plural } from '../../plural'
import { withReadableImages, type SkippedImage } from '../readable-images'
import { parseCount, refuseUsage, type Answer, type Answering, type Context } from '../verb'
import { embedAllShards, parsePartition, type ShardOptions } from './bulk/embed-shards'

interface EmbedOptions extends ShardOptions {
  readonly images?: readonly string[]
  readonly texts?: readonly string[]
  readonly textFile?: string
  readonly skipBroken?: boolean
}

/** Embeddings of one kind, and the source of each row. */
interface NamedVectors {
  readonly kind: EmbeddingKind
  readonly names: readonly string[]
  readonly embeddings: Embeddings
}

const examples = `
dreamlip embed -m vitb16.pt --images photos/ --out photos.npy
dreamlip embed -m vitb16.pt --texts 'a red bus' 'a cat' --out texts.safetensors
dreamlip embed -m vitb16.pt --images 'photos/**/*.jpg' --text-file captions.txt --out both.safetensors
dreamlip embed -m vitb16.pt --shards 'laion/{00000..00099}.tar' --partition 0/4 --out embeddings
find . -name '*.jpg' | dreamlip embed -m vitb16.pt --images - --skip-broken --json > vectors.json`

export function embedCommand(answer: Answering): Command {
  return createModelVerb('embed', 'embed images and texts as vectors of unit length', examples)
    .argument('[images...]', 'the same as --images')
    .option('-i, --images <paths...>', 'files, folders, patterns, URLs; - reads them from standard input, one per line')
    .option('-t, --texts <texts...>', 'texts to embed')
    .option('--text-file <file>', 'texts to embed, one per line; - is standard input')
    .addOption(longOption())
    .addOption(decodeOption('exact'))
    .option('-o, --out <file>', '.npy or .safetensors file to write; without it, --json prints the vectors')
    .option('--shards <files>', 'embed a data set into the folder --out: tar shards, or CSV, JSON or Parquet lists')
    .option('--partition <i/N>', 'with --shards: the part of machine i of N, counted from 0', parsePartition)
    .option('--patience <seconds>', 'with --shards: how long a silent store is waited for (default: 300)', parseCount)
    .option(
      '--rows-per-shard <n>',
      'with --shards: samples of a list that become one file (default: 10000)',
      parseCount,
    )
    .option(
      '--workers <n>',
      'with --shards: processes at once, each with its share of the processors or its GPU',
      parseCount,
    )
    .option('--float32', 'with --shards: store float32 instead of float16')
    .option('--no-captions', 'with --shards: do not embed the captions')
    .option('--skip-broken', 'leave out images that cannot be read, and name them')
    .action((inputs: string[], options: EmbedOptions) =>
      answer(options, (context) => embed([...inputs, ...(options.images ?? [])], options, context)),
    )
}

async function embed(inputs: readonly string[], options: EmbedOptions, context: Context): Promise<Answer> {
  if (options.shards !== undefined) return embedAllShards(options, context)
  checkOptions(inputs, options)
  const images = await listInputs(inputs, context)
  const lines = options.textFile === undefined ? [] : await readLines(options.textFile, context.signal)
  const texts = [...(options.texts ?? []), ...lines]
  if (images.length + texts.length === 0) refuseUsage('nothing to embed: the lists are empty.')
  if (options.out) await checkFolder(dirname(options.out))
  return withModel(options, context, async (model) => {
    const ofImages = await embedImages(model, images, options, context)
    const ofTexts = await embedTexts(model, texts, options, context)
    const vectors = [ofImages, ofTexts].filter(({ names }) => names.length > 0)
    if (options.out) await makeFolder(dirname(options.out))
    const files = options.out && (await save(options.out, vectors, options.model))
    const documents = vectors.map(({ kind, names, embeddings }, i) => {
      const values = files ? { file: files[i] ?? files[0]! } : { vectors: rows(embeddings).map((row) => [...row]) }
      return [kind, { shape: embeddings.shape, names, ...values }] as const
    })
    return {
      json: {
        model: options.model,
        device: model.device.name,
        ...Object.fromEntries(documents),
        truncated: ofTexts.truncated,
        skipped: ofImages.skipped,
      },
      text: documents.map(([kind, { shape, file }]) => `${file}: ${kind} [${shape.join(', ')}]`).join('\n'),
    }
  })
}

function checkOptions(inputs: readonly string[], { texts, textFile, out, json }: EmbedOptions): void {
  if (inputs.length === 0 && !texts && textFile === undefined)
    refuseUsage('name images, or give --texts or --text-file.')
  if (inputs.includes('-') && textFile === '-') refuseUsage('standard input can contain images or texts, not both.')
  if (!out && !json) refuseUsage('give --out FILE.npy or FILE.safetensors, or --json to print the vectors.')
  if (out && !/\.(npy|safetensors)$/i.test(out))
    refuseUsage(`--out: expected a name ending in .npy or .safetensors; got '${out}'.`)
}

/** @returns the file of each kind, or one file for both */
function save(out: string, vectors: readonly NamedVectors[], model: string): Promise<string[]> {
  const byKind = vectors.map(({ kind, names, embeddings }) => [kind, { ...embeddings, names }] as const)
  return saveEmbeddings(out, Object.fromEntries(byKind), { metadata: { model: shareable(model) } })
}

async function embedImages(
  model: DreamLIP,
  images: readonly string[],
  options: EmbedOptions,
  context: Context,
): Promise<NamedVectors & { skipped: readonly SkippedImage[] }> {
  const { batchSize, decode } = options
  const { signal } = context
  const dimensions = model.config.embedDim
  let all: Float32Array = new Float32Array() // [images, embedDim]
  let filled = 0
  const read = await withReadableImages(images, options, context, async (group, onProgress) => {
    const { data } = await model.encodeImage(group, { batchSize, decode, signal, onProgress })
    if (group.length === images.length) all = data
    else {
      if (filled === 0) all = new Float32Array(images.length * dimensions)
      all.set(data, filled)
    }
    filled += data.length
    return group
  })
  const embeddings: Embeddings = { data: all.subarray(0, filled), shape: [read.images.length, dimensions] }
  return { kind: 'images', names: read.images, embeddings, skipped: read.skipped }
}

async function embedTexts(
  model: DreamLIP,
  texts: readonly string[],
  { batchSize, long }: EmbedOptions,
  { signal, onProgress, note }: Context,
): Promise<NamedVectors & { truncated: readonly TruncatedText[] }> {
  const { embedDim, text } = model.config
  if (texts.length === 0) {
    return { kind: 'texts', names: [], embeddings: { data: new Float32Array(), shape: [0, embedDim] }, truncated: [] }
  }
  const { truncated, ...embeddings } = await model.encodeText(texts, { long, batchSize, signal, onProgress })
  if (truncated.length > 0) note(describeTruncated(truncated, text.contextLength))
  return { kind: 'texts', names: texts, embeddings, truncated }
}

function describeTruncated(truncated: readonly TruncatedText[], limit: number): string {
  const shown = truncated.slice(0, 5).map(({ index, tokens }) => `text ${index + 1} (${plural(tokens, 'token')})`)
  const more = truncated.length > shown.length ? ` and ${truncated.length - shown.length} more` : ''
  return `texts longer than ${limit} tokens were cut: ${shown.join(', ')}${more}. --long sentences or --long windows embeds all of a text.`
}

/** Files may be passed on, so they must not contain a key from the query of the model's URL. */
function shareable(model: string): string {
  return /^https?:/i.test(model) ? withoutSecrets(model) : model
}
