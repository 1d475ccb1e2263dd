/** `dreamlip work`: a queue of shards that any number of machines embed. */
import { isAbsolute } from 'node:path'
import { Command } from 'commander'
import {
  addWork,
  retryWork,
  runWork,
  workMetrics,
  workStatus,
  type DecodeMode,
  type DoneWork,
  type LongTexts,
  type WorkResult,
  type WorkStatus,
} from '../../../index.node.ts'
import { bar, clock } from '../../../bar'
import { plural } from '../../../plural'
import { describeReasons } from '../../describe-reasons'
import { createModelVerb, decodeOption, longOption, withModel, type ModelOptions } from '../../model'
import { inProcesses, tellParent, withoutOptions } from '../../worker-processes'
import { createVerb, parseCount, type Answer, type Answering, type Context } from '../../verb'

interface QueueOptions {
  readonly json?: boolean
  readonly redis?: string
  readonly queue?: string
}

interface AddOptions extends QueueOptions {
  readonly out: string
  readonly rowsPerShard?: number
  readonly attempts?: number
  readonly float32?: boolean
  readonly captions?: boolean
  readonly long?: LongTexts
  readonly decode?: DecodeMode
  readonly batchSize?: number
}

interface RunOptions extends QueueOptions, ModelOptions {
  readonly untilEmpty?: boolean
  readonly patience?: number
  readonly workers?: number
}

interface StatusOptions extends QueueOptions {
  readonly prometheus?: boolean
}

const examples = `
dreamlip work add 'laion/{00000..00099}.tar' --out s3://bucket/embeddings
dreamlip work run -m vitb16.pt --until-empty      # on each machine
dreamlip work status
dreamlip work retry                               # shards that were set aside`

export function workCommand(answer: Answering): Command {
  const command = new Command('work')
    .description('embed a data set on several machines, through a queue in Redis or Valkey')
    .addHelpText('after', `\nExamples:\n${examples.trim().replace(/^/gm, '  ')}`)
  const parts = [addCommand, runCommand, statusCommand, retryCommand]
  for (const part of parts) command.addCommand(part(answer))
  return command
}

/** The options that say where the queue is. */
function inQueue(command: Command): Command {
  return command
    .option('--redis <url>', 'address of Redis or Valkey (default: redis://127.0.0.1:6379)')
    .option('--queue <name>', 'name of the queue (default: dreamlip)')
}

function addCommand(answer: Answering): Command {
  const command = createVerb('add', 'add shards; those that the queue has already are not added again', examples)
    .argument('<shards>', 'tar shards, or CSV, JSON or Parquet lists, as the workers see them')
    .requiredOption('-o, --out <place>', 'a folder that all machines share, or s3://bucket/prefix')
    .option('--rows-per-shard <n>', 'samples of a list that become one file (default: 10000)', parseCount)
    .option('--attempts <n>', 'how often a shard is tried before it is set aside (default: 3)', parseCount)
    .option('--float32', 'store float32 instead of float16')
    .option('--no-captions', 'do not embed the captions')
    .option('--batch-size <n>', 'how many images go through the model at once (default: 32)', parseCount)
    .addOption(longOption())
    .addOption(decodeOption('exact'))
  return inQueue(command).action((shards: string, options: AddOptions) =>
    answer(options, (context) => add(shards, options, context)),
  )
}

function runCommand(answer: Answering): Command {
  const command = createModelVerb('run', 'embed shards of the queue until it is interrupted', examples)
    .option('--until-empty', 'end when no shard is left')
    .option('--patience <seconds>', 'how long a store that does not answer is waited for (default: 300)', parseCount)
    .option('--workers <n>', 'processes at once, each with its share of the processors or its GPU', parseCount)
  return inQueue(command).action((options: RunOptions) => answer(options, (context) => run(options, context)))
}

function statusCommand(answer: Answering): Command {
  const command = createVerb('status', 'show how far the work is, and which shards were set aside', examples).option(
    '--prometheus',
    "print the counts in Prometheus's text format",
  )
  return inQueue(command).action((options: StatusOptions) => answer(options, () => status(options)))
}

function retryCommand(answer: Answering): Command {
  const command = createVerb('retry', 'put the shards that were set aside back into the queue', examples)
  return inQueue(command).action((options: QueueOptions) => answer(options, () => retry(options)))
}

async function add(shards: string, options: AddOptions, { signal, note }: Context): Promise<Answer> {
  const { redis, queue, out, rowsPerShard, attempts, float32, captions, long, decode, batchSize } = options
  const result = await addWork(shards, {
    ...{ redis, queue, out, rowsPerShard, attempts, texts: captions, long, decode, batchSize, signal },
    dtype: float32 ? 'float32' : 'float16',
  })
  if ([shards, out].some(isRelative)) {
    note('the paths are relative: start every worker in this folder, or add the shards with paths from the root.')
  }
  const before = result.shards - result.added
  const text = `${plural(result.added, 'shard')} added${before > 0 ? `; the queue had ${before} already` : ''}`
  return { json: result, text }
}

/** Whether the path would mean another place to workers in another folder. */
function isRelative(path: string): boolean {
  return !isAbsolute(path) && !/^[a-z\d]+:\/\//i.test(path)
}

async function run(options: RunOptions, context: Context): Promise<Answer> {
  const { redis, queue, untilEmpty, workers } = options
  const { signal, note } = context
  if (workers !== undefined) {
    const rest = withoutOptions(process.argv.slice(2), ['--workers'], ['--json'])
    const results = await inProcesses<DoneWork>(workers, () => rest, context)
    return describeDone({
      shards: results.reduce((sum, { shards }) => sum + shards, 0),
      samples: results.reduce((sum, { samples }) => sum + samples, 0),
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
    })
  }
  return withModel({ ...options, worker: true }, context, async (model) => {
    const result = await runWork(model, {
      ...{ redis, queue, untilEmpty, signal },
      ...{ patienceSeconds: options.patience, onProblem: note },
      onShard(shard, outcome) {
        if (!(outcome instanceof Error)) tellParent(outcome)
        if (outcome instanceof Error) note(`${shard}: ${outcome.message}`)
        else note(`${shard}: ${describeShard(outcome)}`)
      },
    })
    return describeDone(result)
  })
}

function describeShard({ wasThere, embedded, samples, reasons }: WorkResult): string {
  if (wasThere) return 'was there'
  return [`${embedded} of ${plural(samples, 'sample')}`, ...describeReasons(reasons)].join('; ')
}

function describeDone(result: DoneWork): Answer {
  const failed = result.failed > 0 ? `; ${plural(result.failed, 'try', 'tries')} failed` : ''
  return { json: result, text: `${plural(result.shards, 'shard')}, ${plural(result.samples, 'sample')}${failed}` }
}

async function status({ prometheus, ...options }: StatusOptions): Promise<Answer> {
  if (prometheus) {
    const metrics = await workMetrics(options)
    return { json: { metrics }, text: metrics.trimEnd() }
  }
  const found = await workStatus(options)
  return { json: found, text: describe(found) }
}

async function retry(options: QueueOptions): Promise<Answer> {
  const result = await retryWork(options)
  return { json: result, text: `${plural(result.shards, 'shard')} put back into the queue` }
}

function describe(found: WorkStatus): string {
  const { waiting, active, delayed, completed, failed, samples, embedded, reasons, samplesPerSecond, secondsLeft } =
    found
  const all = waiting + active + delayed + completed + failed
  if (all === 0) return 'the queue is empty: add shards with dreamlip work add'
  const lines = [
    `${bar(completed / all, 24)}  ${completed} of ${plural(all, 'shard')}`,
    `waiting ${waiting}, at work ${active}, to be tried again ${delayed}, set aside ${failed}`,
    [`${embedded} of ${plural(samples, 'sample')} embedded`, ...describeReasons(reasons)].join('; '),
    ...(samplesPerSecond === undefined
      ? []
      : [`${samplesPerSecond.toFixed(1)} samples/s, ${clock(secondsLeft!)} left`]),
    ...found.setAside.map(({ shard, reason, attempts }) => `set aside after ${plural(attempts, 'try', 'tries')}: ${shard}: ${reason}`), // prettier-ignore
  ]
  return lines.join('\n')
}
