/** `dreamlip data`: describes long-caption data, and converts it to training shards. */
import { access } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import {
  captionNames,
  dataLayouts,
  describeDataset,
  drawHistogram,
  encodePNG,
  LongCaptionDataset,
  textFiles,
  writeShards,
} from '../../index.node.ts'
import type { ColumnNames, DataLayout, DatasetStatistics, Histogram, ImageInput, TextFile } from '../../index.node.ts'
import { plural } from '../../plural'
import { createVerb, parseCount, parseWhole, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface SourceOptions {
  readonly json?: boolean
  readonly images?: string
  readonly byName?: boolean
  readonly columns?: ColumnNames
  readonly layout?: DataLayout
  readonly split?: string
  readonly allowAbsolute?: boolean
}

interface InspectOptions extends SourceOptions {
  readonly limit?: number
  readonly out?: string
}

interface ConvertOptions extends SourceOptions {
  readonly samplesPerShard?: number
  readonly textFiles?: TextFile
  readonly maxSkipped?: number
  readonly restart?: boolean
}

const inspectExamples = `
dreamlip data inspect cc3m_3long_3short_1raw_captions_url.csv --limit 100000 --out lengths.png
dreamlip data inspect 'shards/{000000..000331}.tar'
dreamlip data inspect pairs.parquet --columns image=url,raw=alt_text,longSV=recaption`

const convertExamples = `
dreamlip data convert captions.csv shards/ --images photos/
dreamlip data convert cc3m_3long_3short_1raw_captions_url.csv shards/ --images cc3m/ --by-name
dreamlip data convert captions.csv shards/ --samples-per-shard 5000   # continues where it stopped
dreamlip data convert captions.csv shards/ --text-files drawn         # for open_clip, which reads .txt`

export function dataCommand(answer: Answering): Command {
  const inspect = withSource(
    createVerb('inspect', 'count samples, captions, tokens and missing images', inspectExamples),
  )
    .option('--limit <n>', 'how many samples to read, spread over the data (default: 10000)', parseCount)
    .option('-o, --out <png>', "draw a histogram of the sub-captions' lengths in tokens")
    .action((source: string, options: InspectOptions) =>
      answer(options, (context) => inspectData(source, options, context)),
    )
  const convert = withSource(createVerb('convert', 'write data and images as WebDataset shards', convertExamples))
    .argument('<folder>', 'folder to write the shards to')
    .option('--samples-per-shard <n>', 'samples per shard (default: 10000)', parseCount)
    .addOption(
      new Option('--text-files <caption>', 'also store a caption of each sample as .txt, as open_clip needs').choices(
        textFiles,
      ),
    )
    .option('--max-skipped <n>', 'how many samples may be left out (default: a tenth)', (value: string) =>
      parseWhole(value, 0),
    )
    .option('--restart', 'remove the existing shards and start again')
    .action((source: string, folder: string, options: ConvertOptions) =>
      answer(options, (context) => convertData(source, folder, options, context)),
    )
  return new Command('data').description('long-caption data: inspect, convert').addCommand(inspect).addCommand(convert)
}

function withSource(command: Command): Command {
  return command
    .argument(
      '<source>',
      'CSV, TSV, JSON, JSON Lines, TXT index, Parquet or tar files (patterns, lists joined by ::), or a folder',
    )
    .option('--images <folder>', 'folder that relative image paths start from (default: that of the file)')
    .option('--by-name', "find images in that folder by the last part of their path or URL: '…/dog.jpg?w=9' is dog.jpg")
    .addOption(
      new Option('--layout <name>', 'layout of the data (default: detected from names and contents)').choices(
        dataLayouts,
      ),
    )
    .option('--split <name>', 'read only this split, such as train')
    .option('--allow-absolute', 'let the data name files anywhere on this machine')
    .option('--columns <list>', 'the columns to use: image=url,raw=title,longSV=caption', parseColumns)
}

function parseColumns(value: string): ColumnNames {
  const pairs = value.split(',').map((pair) => pair.split('='))
  const roles: readonly string[] = ['image', 'raw', ...captionNames]
  if (pairs.every(([role, name]) => roles.includes(role!) && name)) return Object.fromEntries(pairs) as ColumnNames
  throw new InvalidArgumentError(`Expected ROLE=COLUMN, separated by commas; roles are ${roles.join(', ')}.`)
}

async function open(source: string, options: SourceOptions, { signal, onProgress, note }: Context) {
  const { byName, columns, images, layout, split, allowAbsolute: absolutePaths } = options
  if (byName && images === undefined) refuseUsage('--by-name needs --images, the folder with the files.')
  const onIndex = (_: string, done: number) => onProgress({ stage: 'index', done })
  const data = await LongCaptionDataset.open(source, {
    ...{ images, byName, columns, layout, split, absolutePaths },
    signal,
    onIndex,
  })
  data.guesses.forEach(note)
  return data
}

async function inspectData(source: string, options: InspectOptions, context: Context): Promise<Answer> {
  const { signal, onProgress, note } = context
  const data = await open(source, options, context)
  const told = data.guesses.length
  const facts = await describeDataset(data, {
    limit: options.limit,
    exists: isThere,
    signal,
    onProgress,
  })
  data.guesses.slice(told).forEach(note)
  if (options.out) {
    const picture = await encodePNG(drawHistogram(facts.subcaptionTokens.counts, 78))
    await writeFileAtomically(options.out, [picture], signal)
  }
  const document = {
    source,
    layouts: data.layouts,
    ...facts,
    guesses: data.guesses,
    ...(options.out && { file: options.out }),
  }
  return { json: document, text: render(source, data.layouts, facts, options.out) }
}

/** Images at web addresses count as present: checking all of them would take as long as a download. */
async function isThere(image: ImageInput): Promise<boolean> {
  if (typeof image !== 'string' || /^(https?|data|file):/i.test(image)) return true
  return access(image).then(
    () => true,
    () => false,
  )
}

function render(source: string, layouts: readonly string[], facts: DatasetStatistics, out?: string): string {
  const number = (value: number) => value.toLocaleString('en')
  const describe = ({ mean, median, largest }: Histogram) =>
    `mean ${mean.toFixed(1)}, median ${median}, at most ${number(largest)}`
  const captions = Object.entries(facts.captions).map(([name, count]) => `${name} ${number(count)}`)
  const skipped = Object.entries(facts.skipped).map(([reason, count]) => `${count} × ${reason}`)
  const lines: [string, string][] = [
    ['layout', layouts.join(', ')],
    ['samples', `${number(facts.size)} (${number(facts.read)} read)`],
    ['unreadable', skipped.join(', ') || 'none'],
    ...facts.problems.slice(0, 3).map(({ sample, message }) => ['', `${sample}: ${message}`] as [string, string]),
    ['captions', captions.join(', ')],
    ['sub-captions', `per sample: ${describe(facts.subcaptions)}`],
    ['tokens', `per raw caption: ${describe(facts.rawTokens)}`],
    ['', `per sub-caption: ${describe(facts.subcaptionTokens)}`],
    [
      'images missing',
      facts.missingCount === 0
        ? 'none'
        : `${number(facts.missingCount)}, such as ${facts.missing.slice(0, 3).join(', ')}`,
    ],
    ...(out
      ? [['histogram', `${out}: one bar per token, a tick every 10, a red line after 77`] as [string, string]]
      : []),
  ]
  return [source, ...lines.map(([title, value]) => `  ${title.padEnd(14)}  ${value}`)].join('\n')
}

/** Whether a source of shards is the folder itself, or a file in it. */
function isInside(source: string, folder: string): boolean {
  const parts = source.split('::').filter((part) => !/^https?:/i.test(part))
  return parts.some(
    (part) => [resolve(part), dirname(resolve(part))].includes(resolve(folder)) && !/\.(csv|tsv|txt|json)$/i.test(part),
  )
}

async function convertData(source: string, folder: string, options: ConvertOptions, context: Context): Promise<Answer> {
  const { signal, onProgress, note } = context
  if (isInside(source, folder)) refuseUsage('<folder>: the data is in this folder, and the shards would overwrite it.')
  const data = await open(source, options, context)
  const { sizes, kept, skipped } = await writeShards(data, folder, {
    samplesPerShard: options.samplesPerShard,
    textFiles: options.textFiles,
    maxSkipped: options.maxSkipped,
    restart: options.restart,
    signal,
    onProgress,
    onSkip: ({ sample, message }) => note(`left out: ${sample}: ${message}`),
  })
  const samples = Object.values(sizes).reduce((sum, count) => sum + count, 0)
  const document = {
    source,
    folder,
    samples,
    shards: Object.keys(sizes).length,
    kept,
    skipped: Object.fromEntries(skipped),
  }
  const left = [...skipped].map(([reason, count]) => `, left out ${count} × ${reason}`).join('')
  const before = kept > 0 ? `, ${kept} of them from an earlier run` : ''
  return {
    json: document,
    text: `${folder}: ${plural(samples, 'sample')} in ${plural(document.shards, 'shard')}${before}${left}`,
  }
}
