/** `dreamlip embed --shards`: embeds a data set shard by shard. */
import {
  embedShards,
  type DecodeMode,
  type EmbeddedShards,
  type LongTexts,
  type Partition,
} from '../../../index.node.ts'
import { plural } from '../../../plural'
import { describeReasons } from '../../describe-reasons'
import { withModel, type ModelOptions } from '../../model'
import { inProcesses, tellParent, withoutOptions } from '../../worker-processes'
import { refuseUsage, type Answer, type Context } from '../../verb'

export interface ShardOptions extends ModelOptions {
  readonly shards?: string
  readonly partition?: Partition
  readonly out?: string
  readonly rowsPerShard?: number
  readonly float32?: boolean
  readonly captions?: boolean
  readonly long?: LongTexts
  readonly decode?: DecodeMode
  readonly workers?: number
  readonly patience?: number
}

/** `3/16`: the fourth of sixteen machines. */
export function parsePartition(value: string): Partition {
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(value) ?? []
  if (index !== undefined && Number(index) < Number(count)) return { index: Number(index), count: Number(count) }
  return refuseUsage(`--partition: expected i/N with i from 0 to N - 1, such as 0/16; got '${value}'.`)
}

export async function embedAllShards(options: ShardOptions, context: Context): Promise<Answer> {
  const { shards, out, partition, rowsPerShard, float32, captions, long, decode, batchSize } = options
  const { signal, onProgress, note } = context
  if (shards === undefined || out === undefined) return refuseUsage('give --out FOLDER with --shards.')
  if (options.workers !== undefined) return inWorkers(options.workers, out, partition, context)
  return withModel(options, context, async (model) => {
    const result = await embedShards(model, shards, {
      ...{ patienceSeconds: options.patience, onProblem: note, onShard: tellParent },
      ...{ out, partition, rowsPerShard, texts: captions, long, decode, batchSize, signal, onProgress },
      dtype: float32 ? 'float32' : 'float16',
    })
    for (const { shard, code, message } of result.failed) note(`${shard}: ${code}: ${message}`)
    if (result.failed.length > 0) process.exitCode = 1
    return { json: { out, ...result }, text: describe(out, result) }
  })
}

/** Each process takes a part of this machine's part. */
async function inWorkers(
  workers: number,
  out: string,
  { index, count }: Partition = { index: 0, count: 1 },
  context: Context,
): Promise<Answer> {
  const rest = withoutOptions(process.argv.slice(2), ['--workers', '--partition'], ['--json'])
  const partOf = (worker: number) => ['--partition', `${index + count * worker}/${count * workers}`]
  const results = await inProcesses<EmbeddedShards>(workers, (worker) => [...rest, ...partOf(worker)], context)
  const result = sum(results)
  if (result.failed.length > 0) process.exitCode = 1
  return { json: { out, ...result }, text: describe(out, result) }
}

function sum(results: readonly EmbeddedShards[]): EmbeddedShards {
  const reasons: Record<string, number> = {}
  const total = { shards: 0, skipped: 0, samples: 0, embedded: 0, failed: results.flatMap(({ failed }) => failed) }
  for (const result of results) {
    for (const key of ['shards', 'skipped', 'samples', 'embedded'] as const) total[key] += result[key]
    for (const [reason, count] of Object.entries(result.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count
  }
  return { ...total, reasons }
}

function describe(out: string, { shards, skipped, failed, samples, embedded, reasons }: EmbeddedShards): string {
  const lines = [
    `${out}: ${plural(shards - failed.length, 'shard')}, ${embedded} of ${plural(samples, 'sample')} embedded`,
    ...(skipped > 0 ? [`${plural(skipped, 'shard')} had been embedded before`] : []),
    ...describeReasons(reasons),
    ...(failed.length > 0 ? [`${plural(failed.length, 'shard')} could not be read, and will be tried again next time`] : []), // prettier-ignore
  ]
  return lines.join('\n')
}
