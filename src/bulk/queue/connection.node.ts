/** The queue in Redis or Valkey, through BullMQ. */
import type { Queue } from 'bullmq'
import { checkObject, checkText, wrongArgument } from '../../check-arguments'
import type { OpenRecordsOptions } from '../../data/readers/open-records'
import { DreamLIPError } from '../../errors'
import { loadPackage } from '../../installed.node.ts'
import type { BulkSettings } from '../embed-item.node.ts'
import type { WorkItem } from '../work-list.node.ts'

export interface WorkQueueOptions {
  /** The address of Redis or Valkey; default `redis://127.0.0.1:6379`. */
  readonly redis?: string
  /** The name of the queue; default `dreamlip`. */
  readonly queue?: string
}

/** What a job says: the item of work, and where its files go. */
export interface WorkJob {
  readonly item: WorkItem
  readonly out: string
  readonly settings: BulkSettings
  /** How the samples are read. */
  readonly records: Pick<OpenRecordsOptions, 'layout' | 'columns'>
  /** Shards in the whole list; unknown for jobs of an older version. */
  readonly shards?: number
  /** How often the model of a worker failed at it. */
  readonly crashes?: number
}

/** What a finished job says. */
export interface WorkResult {
  readonly samples: number
  readonly embedded: number
  readonly reasons: Readonly<Record<string, number>>
  readonly wasThere: boolean
  /** How long the worker took, by a clock that does not jump. */
  readonly seconds: number
}

export type WorkQueue = Queue<WorkJob, WorkResult>

export interface Connection {
  readonly bullmq: typeof import('bullmq')
  readonly name: string
  readonly url: string
}

/** @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY` */
export function connectionOf(options: WorkQueueOptions): Connection {
  const { redis: url = 'redis://127.0.0.1:6379', queue: name = 'dreamlip' } = checkObject('options', options)
  if (!/^rediss?:\/\//.test(checkText('redis', url))) throw wrongArgument('redis', 'an address such as redis://127.0.0.1:6379', url) // prettier-ignore
  if (/:/.test(checkText('queue', name))) throw wrongArgument('queue', 'a name without colons', name)
  return { bullmq: loadQueues(), name, url }
}

function loadQueues(): Connection['bullmq'] {
  try {
    loadPackage('ioredis') // BullMQ loads it later, and its error says less
    return loadPackage('bullmq') as Connection['bullmq']
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `A queue needs the packages bullmq and ioredis, one of which is ${(cause as Error).message}. Run: npm install bullmq ioredis`,
      { cause },
    )
  }
}

/**
 * Opens the queue, passes it to `work`, and closes it.
 * @throws DreamLIPError `SOURCE_UNREADABLE` if Redis does not answer
 */
export async function withQueue<T>(
  { bullmq, name, url }: Connection,
  work: (queue: WorkQueue) => Promise<T>,
): Promise<T> {
  // One attempt: a command that waits for a server that is not there would never end.
  const connection = { url, maxRetriesPerRequest: 1, retryStrategy: () => null, connectTimeout: 5000 }
  const queue: WorkQueue = new bullmq.Queue(name, { connection })
  let problem: Error | undefined
  queue.on('error', (error) => (problem ??= error))
  try {
    return await work(queue)
  } catch (error) {
    if (error instanceof DreamLIPError) throw error
    throw redisFailed(url, problem ?? error)
  } finally {
    await queue.close().catch(() => undefined)
  }
}

function redisFailed(url: string, cause: unknown): DreamLIPError {
  const { message } = cause as Error
  const name = url.replace(/\/\/[^@/]*@/, '//')
  const remedy = /OOM/.test(message) ? 'Give Redis more memory (maxmemory).' : 'Check that Redis runs at this address.'
  return new DreamLIPError('SOURCE_UNREADABLE', `${name}: Redis did not do its work: ${message}. ${remedy}`, { cause })
}
