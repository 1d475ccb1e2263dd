/** `dreamlip eval`: measures models on published data sets, checks the data first, and compares reports with published figures. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { cacheFolder } from '../../bytes/cache-folder.node.ts'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import {
  benchmarkPage,
  benchmarkTable,
  DreamLIP,
  knownSets,
  parseReport,
  runBenchmark,
  type BenchmarkReport,
  type DataSet,
  type Json,
} from '../../index.node.ts'
import { plural } from '../../plural'
import { embedded, type ModelOptions } from '../model'
import { collect, createVerb, parseCount, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface DataOptions {
  readonly json?: boolean
  readonly data?: string
  readonly split?: string
}

interface EvalOptions extends DataOptions, Pick<ModelOptions, 'device' | 'dtype' | 'batchSize'> {
  readonly model?: readonly string[]
  readonly out?: string
  readonly choose?: Readonly<Record<string, Json>>
  /** False with `--no-cache`. */
  readonly cache?: string | false
}

interface TableOptions {
  readonly json?: boolean
  readonly csv?: string
  readonly html?: string
}

const examples = `
dreamlip eval voc20 --data VOCdevkit/VOC2012 -m vitb16.pt -m longclip-b.pt --out reports
dreamlip eval all --data benchmarks/ -m vitb16.pt --out reports   # each set in the folder of its name
dreamlip eval check voc20 --data VOCdevkit/VOC2012
dreamlip eval table reports/*.json --html report.html`

export function evalCommand(answer: Answering): Command {
  return withData(createVerb('eval', 'measure models on published benchmarks', examples))
    .argument('<set>', 'data set (see dreamlip eval sets); all: every set whose folder is in the folder of --data')
    .option('-m, --model <file>', 'checkpoint, as for other commands; give several to compare them', collect)
    .option('--device <name>', 'auto, cuda, webgpu, wasm, cpu', 'auto')
    .option('--dtype <type>', 'weights: float32, float16, int8, int4', 'float32')
    .option('--batch-size <n>', 'how many images or texts go through the model at once', parseCount)
    .option('--choose <choice=value>', 'another choice than the usual protocol; may be given several times', addChoice)
    .option('-o, --out <folder>', 'write a JSON report per model and data set')
    .option('--cache <folder>', 'where embeddings are kept for a second run (default: the cache folder)')
    .option('--no-cache', 'keep nothing')
    .action((set: string, options: EvalOptions) => answer(options, (context) => evaluate(set, options, context)))
    .addCommand(checkCommand(answer))
    .addCommand(setsCommand(answer))
    .addCommand(tableCommand(answer))
}

function withData(command: Command): Command {
  return command
    .option('-d, --data <folder>', 'folder of the data set, as its authors publish it')
    .option('--split <name>', 'part of the data (default: the one that papers report)')
}

/** Parses a choice. The value is read as JSON if possible: a number, true, a list. */
function addChoice(given: string, before: Readonly<Record<string, Json>> = {}): Readonly<Record<string, Json>> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(given) ?? []
  if (key === undefined) throw new InvalidArgumentError('Expected CHOICE=VALUE, such as attention=value.')
  let parsed: Json = value!
  try {
    parsed = JSON.parse(value!) as Json
  } catch {
    // The value is a plain word.
  }
  return { ...before, [key]: parsed }
}

/** The names of the data sets to evaluate, and their folders. */
function foldersOf(set: string, data: string | undefined): (readonly [name: string, folder: string])[] {
  if (data === undefined) refuseUsage('give --data FOLDER, the folder of the data set.')
  if (set !== 'all') return [[set, data]]
  const present = Object.keys(knownSets).filter((name) => existsSync(join(data, name)))
  if (present.length > 0) return present.map((name) => [name, join(data, name)])
  return refuseUsage(
    `--data ${data}: expected folders with the names of data sets (see dreamlip eval sets); found none.`,
  )
}

async function evaluate(set: string, options: EvalOptions, context: Context): Promise<Answer> {
  const { model: named = [process.env['DREAMLIP_MODEL'] ?? embedded], data, split, out, choose, batchSize } = options
  const { cache: kept, device, dtype } = options
  const { signal, onProgress, note } = context
  const cache = kept === false ? undefined : (kept ?? join(cacheFolder(), 'evaluation'))
  const models = named.map((name) => ({
    name: named.filter((other) => basename(other) === basename(name)).length > 1 ? name : basename(name),
    model: () => DreamLIP.load(name, { device, dtype, signal, onProgress, onWarning: note }),
  }))
  const reports: BenchmarkReport[] = []
  for (const [name, folder] of foldersOf(set, data)) {
    const shared = { split, out, cache, batchSize, signal, onProgress }
    reports.push(...(await runBenchmark(models, { set: name, data: folder, protocol: choose, ...shared })))
  }
  for (const {
    set: { name },
    problems,
  } of reports.slice(0, 1)) {
    if (problems.total > 0) note(`${name}: ${plural(problems.total, 'problem')}; dreamlip eval check names them.`)
  }
  return { json: { reports }, text: benchmarkTable(reports).trimEnd() }
}

function checkCommand(answer: Answering): Command {
  const usage = 'dreamlip eval check voc20 --data VOCdevkit/VOC2012'
  return withData(createVerb('check', 'say what is missing in a data set, without a model', usage))
    .argument('<set>', 'data set; all: every set whose folder is in the folder of --data')
    .action((set: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DataOptions>()
      return answer(options, (context) => check(set, options, context))
    })
}

async function check(set: string, { data, split }: DataOptions, { signal }: Context): Promise<Answer> {
  const found: DataSet[] = []
  for (const [name, folder] of foldersOf(set, data)) {
    const known = Object.hasOwn(knownSets, name) ? knownSets[name]! : refuseUnknown(name)
    found.push(await known.open(folder, { split, signal }))
  }
  const documents = found.map(({ name, task, split: part, samples, problems }) => ({
    ...{ set: name, task, split: part, samples: samples.length },
    ...{ counts: countReasons(problems), problems },
  }))
  return { json: { sets: documents }, text: found.map(describe).join('\n\n') }
}

function refuseUnknown(name: string): never {
  return refuseUsage(`'${name}' is not a known data set. dreamlip eval sets lists them.`)
}

function countReasons(problems: DataSet['problems']): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { reason } of problems) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** At most this many problems are printed; `--json` prints all. */
const printedProblems = 20

function describe({ name, split, samples, problems }: DataSet): string {
  const head = `${name}, ${split}: ${plural(samples.length, 'sample')}`
  if (problems.length === 0) return `${head}, nothing missing`
  const counts = Object.entries(countReasons(problems)).map(([reason, count]) => `  ${count} × ${reason}`)
  const named = problems.slice(0, printedProblems).map(({ item, message }) => `  ${item}: ${message}`)
  const more =
    problems.length > named.length ? [`  … and ${problems.length - named.length} more (--json lists all)`] : []
  return [`${head}, ${plural(problems.length, 'problem')}`, ...counts, ...named, ...more].join('\n')
}

function setsCommand(answer: Answering): Command {
  return createVerb('sets', 'list the known data sets', 'dreamlip eval sets').action((_: unknown, command: Command) =>
    answer(command.optsWithGlobals(), async () => {
      const sets = Object.entries(knownSets).map(([name, { title, task, splits, needs }]) => ({
        ...{ name, title, task, splits, needs },
      }))
      const lines = sets.map(
        ({ name, title, task, splits, needs }) => `${name}: ${title} (${task}; ${splits.join(', ')})\n  ${needs}`,
      )
      return { json: { sets }, text: lines.join('\n') }
    }),
  )
}

function tableCommand(answer: Answering): Command {
  const usage = `
dreamlip eval table reports/*.json
dreamlip eval table reports/*.json --csv results.csv --html report.html`
  return createVerb('table', 'put reports beside published figures: Markdown, CSV or HTML', usage)
    .argument('<reports...>', 'JSON files of dreamlip eval --out')
    .option('--csv <file>', 'write a line per figure')
    .option('--html <file>', 'write a page with charts and the hardest images')
    .action((files: string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<TableOptions>()
      return answer(options, (context) => tabulate(files, options, context))
    })
}

async function tabulate(files: readonly string[], { csv, html }: TableOptions, { signal }: Context): Promise<Answer> {
  const reports: BenchmarkReport[] = []
  for (const file of files) reports.push(...(await readReports(file)))
  const markdown = benchmarkTable(reports)
  const encoder = new TextEncoder()
  if (csv !== undefined) await writeFileAtomically(csv, [encoder.encode(benchmarkTable(reports, 'csv'))], signal)
  if (html !== undefined)
    await writeFileAtomically(html, [encoder.encode(await benchmarkPage(reports, { signal }))], signal)
  const written = [csv, html].filter((file) => file !== undefined)
  return { json: { markdown, files: written }, text: written.length > 0 ? written.join('\n') : markdown.trimEnd() }
}

/** The report in a file, or the reports that `dreamlip eval --json` printed. */
async function readReports(file: string): Promise<BenchmarkReport[]> {
  const text = await readTextFile(file)
  const reports = reportsIn(text)
  if (reports) return reports.map((report, i) => parseReport(`${file}, reports[${i}]`, JSON.stringify(report)))
  return [parseReport(file, text)]
}

function reportsIn(text: string): unknown[] | undefined {
  try {
    const { reports } = JSON.parse(text) as { reports?: unknown }
    return Array.isArray(reports) ? reports : undefined
  } catch {
    return undefined // parseReport says what is wrong
  }
}
