/** Measures models on a data set, and records how: one report per model. */
import { join } from 'node:path'
import { version } from '../../../package.json'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { checkCall, checkList, checkObject, checkPath, checkText, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { DataProblem, DataSet } from '../datasets/data-set'
import { findKnownSet } from '../datasets/known-sets.node.ts'
import type { BenchmarkReport } from './report'
import { runTask } from './run-task'
import type { TaskOptions } from '../task/options'

/** A model and its name in the reports. A function loads it when its turn comes; that model is disposed afterwards. */
export interface BenchmarkModel {
  readonly name: string
  readonly model: DreamLIP | (() => Promise<DreamLIP>)
}

export interface BenchmarkOptions extends TaskOptions {
  /** The name of a data set (`dreamlip eval sets` lists them), or one that you read or made yourself. */
  readonly set: string | DataSet
  /** The folder of the data set, for a name. */
  readonly data?: string
  /** The part of the data, for a name; default: the one that papers report. */
  readonly split?: string
  /** A folder to which each report is written as soon as it is complete. */
  readonly out?: string
}

const optionKeys: KeysOf<BenchmarkOptions> = {
  set: 0,
  data: 0,
  split: 0,
  out: 0,
  protocol: 0,
  cache: 0,
  batchSize: 0,
  signal: 0,
  onProgress: 0,
}

/** Maximum problems that a report names; all are counted. */
const namedProblems = 200

/**
 * Measures each model on a data set, one after the other, with the protocol of the papers unless `protocol` says otherwise.
 * @returns a report per model, in the order of the models
 * @throws DreamLIPError `INVALID_ARGUMENT`; `DATA_INVALID` if the folder does not have the layout of the data set; `DATA_EMPTY` if it
 *   has no sample; `WRITE_FAILED`; the signal's reason when aborted
 */
export async function runBenchmark(
  models: readonly BenchmarkModel[],
  options: BenchmarkOptions,
): Promise<BenchmarkReport[]> {
  checkKeys('', checkCall(checkObject('options', options)), optionKeys)
  checkModels(models)
  if (options.out !== undefined) checkPath('out', options.out)
  const { set, title } = await openSet(options)
  const reports: BenchmarkReport[] = []
  for (const model of models) {
    const report = await measure(model, set, title, options)
    reports.push(report)
    if (options.out !== undefined) await writeReport(options.out, report, options.signal)
  }
  return reports
}

function checkModels(models: readonly BenchmarkModel[]): void {
  if (checkList('models', models).length === 0) throw wrongArgument('models', 'at least one model', models)
  Array.from(models).forEach((entry, i) => {
    const { name, model } = checkObject(`models[${i}]`, entry, '{ name, model }')
    checkText(`models[${i}].name`, name)
    if (!(model instanceof DreamLIP) && typeof model !== 'function')
      throw wrongArgument(`models[${i}].model`, 'a DreamLIP model, or a function that loads one', model)
  })
}

async function openSet({ set, data, split, signal }: BenchmarkOptions): Promise<{ set: DataSet; title: string }> {
  if (typeof set !== 'string') return { set: checkObject('set', set, 'a data set or its name'), title: set.name }
  const known = findKnownSet(set)
  const folder = checkPath('data', data)
  return { set: await known.open(folder, { split, signal }), title: known.title }
}

async function measure(
  { name, model: given }: BenchmarkModel,
  set: DataSet,
  title: string,
  { protocol, cache, batchSize, signal, onProgress }: BenchmarkOptions,
): Promise<BenchmarkReport> {
  const model = given instanceof DreamLIP ? given : await given()
  try {
    const started = new Date()
    const fingerprint = await model.fingerprint({ signal })
    const result = await runTask(model, set, { protocol, cache, batchSize, signal, onProgress })
    const { device } = model
    return {
      format: 'dreamlip-evaluation',
      version: 1,
      model: { name, fingerprint },
      set: { name: set.name, title, task: set.task, split: set.split, samples: set.samples.length },
      protocol: result.protocol,
      figures: result.figures,
      problems: summarize(set.problems, result.problems),
      details: result.details,
      versions: {
        dreamlip: version,
        host: hostName(),
        backend: device.backend,
        device: device.name,
        dtype: model.dtype,
      },
      started: started.toISOString(),
      seconds: (Date.now() - started.getTime()) / 1000,
    }
  } finally {
    if (model !== given) model.dispose()
  }
}

/** An item that the reader of the data set has named as missing is not named again when it cannot be read. */
function summarize(ofSet: readonly DataProblem[], ofRun: readonly DataProblem[]): BenchmarkReport['problems'] {
  const missing = new Set(ofSet.map(({ item, reason }) => `${item} ${reason.replace(/-missing$/, '-unreadable')}`))
  const problems = [...ofSet, ...ofRun.filter(({ item, reason }) => !missing.has(`${item} ${reason}`))]
  const byReason: Record<string, number> = {}
  for (const { reason } of problems) byReason[reason] = (byReason[reason] ?? 0) + 1
  return { total: problems.length, byReason, first: problems.slice(0, namedProblems) }
}

function hostName(): string {
  const { bun, deno, node } = process.versions
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`
}

async function writeReport(folder: string, report: BenchmarkReport, signal: AbortSignal | undefined): Promise<void> {
  const { set, model } = report
  const name = [set.name, set.split, model.name, model.fingerprint.slice(0, 8)].map(inFileName).join('-')
  await makeFolder(folder)
  const bytes = new TextEncoder().encode(`${JSON.stringify(report, undefined, 2)}\n`)
  await writeFileAtomically(join(folder, `${name}.json`), [bytes], signal)
}

/** Letters, digits and dots of a name; everything else becomes a hyphen. */
function inFileName(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+|-+$/g, '')
    .slice(-80)
}
