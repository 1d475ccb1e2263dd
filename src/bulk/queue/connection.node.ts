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

/** The data of a job: the work item, and the destination of its files. */
export interface WorkJob {
  readonly item: WorkItem
  readonly out: string
  readonly settings: BulkSettings
  /** How the samples are read. */
  readonly records: Pick<OpenRecordsOptions, 'layout' | 'columns' | 'captionsOptional'>
  /** The number of shards in the whole list; unknown for jobs from an older version. */
  readonly shards?: number
  /** How often a worker's model failed on it. */
  readonly crashes?: number
  /** Worker deaths that no longer count, because the shard was set aside and then put back into the queue. */
  readonly forgiven?: number
}

/** The result of a finished job. */
export interface WorkResult {
  readonly samples: number
  readonly embedded: number
  readonly reasons: Readonly<Record<string, number>>
  readonly wasThere: boolean
  /** How long the worker took, by a monotonic clock. */
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
  if (!isAddress(checkText('redis', url))) throw wrongArgument('redis', 'an address such as redis://127.0.0.1:6379', withoutPassword(url)) // prettier-ignore
  if (/:/.test(checkText('queue', name))) throw wrongArgument('queue', 'a name without colons', name)
  return { bullmq: loadQueues(), name, url }
}

/** `redis://user:password@host:port/database`, or the same with TLS. */
function isAddress(url: string): boolean {
  return /^rediss?:\/\/[^/]/.test(url) && URL.canParse(url) && /^\/?\d*$/.test(new URL(url).pathname)
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//')
}

function loadQueues(): Connection['bullmq'] {
  try {
    loadPackage('ioredis') // BullMQ loads it later, with a less helpful error
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
  // One attempt: otherwise a command would wait forever for a missing or silent server.
  const limits = { maxRetriesPerRequest: 1, connectTimeout: 5000, commandTimeout: 20_000 }
  const connection = { url, ...limits, retryStrategy: () => null }
  const queue: WorkQueue = new bullmq.Queue(name, { connection })
  let problem: Error | undefined
  queue.on('error', (error) => (problem ??= error))
  try {
    await queue.waitUntilReady()
    if (problem) throw problem // such as a missing database: ioredis would use another one
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
  const [, remedy] =
    [...(url.startsWith('rediss:') ? remediesWithTLS : []), ...remedies].find(([said]) => said.test(message)) ?? []
  const what = `${withoutPassword(url)}: Redis failed: ${message.replace(/\.$/, '')}.`
  return new DreamLIPError('SOURCE_UNREADABLE', `${what} ${remedy ?? 'Check that Redis runs at this address.'}`, {
    cause,
  })
}

const remediesWithTLS: typeof remedies = [
  [/wrong version number|packet length too long|ETIMEDOUT|ECONNRESET|closed/i, 'Check the address. If the server does not speak TLS, write redis:// instead of rediss://.'], // prettier-ignore
]

/** Remedies by the error messages of Redis, the network or BullMQ. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/OOM/, 'Give Redis more memory (maxmemory).'],
  [/WRONGPASS|NOAUTH|AUTH|invalid password/i, 'Give the right user and password: redis://USER:PASSWORD@HOST:6379. Write special characters as %XX.'], // prettier-ignore
  [/NOPERM/, 'Give a user that may use all commands and keys.'],
  [/certificate/i, "Set NODE_EXTRA_CA_CERTS to the file with the certificate of the server's authority."],
  [/ECONNRESET|Connection is closed|socket hang up/i, 'Check that Redis runs at this address. If it speaks TLS, write rediss:// instead of redis://.'], // prettier-ignore
  [/ENOTFOUND|EAI_AGAIN/, 'Check the name of the host.'],
  [/ETIMEDOUT|timed out/i, 'Check the address, and that no firewall is in the way.'],
  [/RESP type|Protocol error|Parser/i, 'Something else than Redis answers at this address: check the port.'],
  [/version needs/, 'Use Redis 6.2 or newer, or Valkey.'],
  [/unknown command/i, 'Use Redis 6.2 or newer, or Valkey.'],
  [/READONLY/, 'This is a replica: give the address of the primary server.'],
  [/MOVED|CROSSSLOT|cluster/i, 'This is a node of a cluster: use a single server.'],
  [/MISCONF/, 'Redis cannot save its data: check its disk.'],
  [/DB index/i, 'Give a database that the server has, such as redis://HOST:6379/0.'],
]
