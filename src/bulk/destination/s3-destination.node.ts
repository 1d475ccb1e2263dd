/** Output in S3-compatible object storage. An object appears when all of it has arrived. */
import type { S3Client } from '@aws-sdk/client-s3'
import { writeFailed } from '../../bytes/write/write-failed'
import { checkCallback, checkNumber, checkObject, checkText, wrongArgument } from '../../check-arguments'
import { limit } from '../../concurrency/limit'
import { DreamLIPError } from '../../errors'
import { loadPackage } from '../../installed.node.ts'
import type { Destination } from './destination'
import { patiently, type Patience } from './patience'

/** Settings of the AWS SDK's client: these, and any others that it accepts. */
export interface S3Settings {
  /** The address of a store other than Amazon's. */
  readonly endpoint?: string
  readonly region?: string
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** How often the AWS SDK tries a request before the store counts as unresponsive; default 3. */
  readonly maxAttempts?: number
  /** How long to wait for an unresponsive store, in seconds; default 300. */
  readonly patienceSeconds?: number
  /** Called with the problem while waiting for the store. */
  readonly onWait?: (message: string) => void
  /** Whether the bucket is in the path instead of the host name; default true, which stores other than Amazon's need. */
  readonly forcePathStyle?: boolean
  readonly [name: string]: unknown
}

/** The form of `s3://bucket/prefix`. */
const address = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/

/** Larger objects are sent in parts of this size, each of which is retried on its own. */
const partBytes = 16 * 1024 * 1024
const partsAtOnce = 4

/** A broken connection may stay open silently. */
const silence = { connectionTimeout: 5000, socketTimeout: 30_000 }

/**
 * A destination in a bucket. Needs the optional package `@aws-sdk/client-s3`. Credentials and region come from the AWS SDK's usual
 * sources, and the endpoint of another store from `AWS_ENDPOINT_URL`.
 * @param location `s3://bucket/prefix`
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`
 */
export async function s3Destination(location: string, config: S3Settings = {}): Promise<Destination> {
  const { patienceSeconds = 300, onWait, ...settings } = checkObject<S3Settings>('config', config)
  checkNumber('patienceSeconds', patienceSeconds, { least: 0 })
  checkCallback('onWait', onWait)
  const [, bucket, path = ''] = address.exec(checkText('location', location)) ?? []
  if (bucket === undefined) throw wrongArgument('location', 'an address such as s3://bucket/prefix', location)
  const prefix = path.replace(/\/*$/, path === '' ? '' : '/')
  const s3 = loadClient()
  // Stores other than Amazon's rarely support the bucket in the host name.
  const client = new s3.S3Client({ forcePathStyle: true, maxAttempts: 3, requestHandler: silence, ...settings })
  const patience: Patience = {
    seconds: patienceSeconds,
    mayPass: isPassing,
    onWait: ({ message }) => onWait?.(`${location}: the store does not answer: ${message}. It is tried again.`),
  }
  const withPatience = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) => patiently(patience, signal, work)
  const object = (name: string) => ({ Bucket: bucket, Key: prefix + name })
  const unlessMissing = (error: unknown) => {
    if (error instanceof s3.S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined
    throw unreachable(location, error)
  }
  return {
    name: location,
    size: (name, signal) =>
      withPatience(signal, () => client.send(new s3.HeadObjectCommand(object(name)), { abortSignal: signal })).then(
        ({ ContentLength }) => ContentLength,
        unlessMissing,
      ),
    read: (name, signal) =>
      withPatience(signal, async () => {
        const { Body } = await client.send(new s3.GetObjectCommand(object(name)), { abortSignal: signal })
        return Body?.transformToByteArray()
      }).catch(unlessMissing),
    async list(folder, signal) {
      const names: string[] = []
      const start = `${prefix}${folder}/`
      for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
        const page = new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: start, ContinuationToken: token })
        const found = await withPatience(signal, () => client.send(page, { abortSignal: signal })).catch(
          (error: unknown) => {
            throw unreachable(location, error)
          },
        )
        for (const { Key } of found.Contents ?? [])
          if (Key && !Key.slice(start.length).includes('/')) names.push(Key.slice(start.length))
        token = found.NextContinuationToken
      }
      return names
    },
    async write(name, chunks, signal) {
      signal?.throwIfAborted()
      const body = Buffer.concat(chunks)
      const send = body.length > partBytes ? sendInParts : sendAtOnce
      await send({ s3, client, object: object(name), body, patience, signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw writeFailed(`${location}: ${name}`, error, 'Check the address, the credentials and the connection.')
      })
    },
  }
}

interface Sending {
  readonly s3: S3
  readonly client: S3Client
  readonly object: { readonly Bucket: string; readonly Key: string }
  readonly body: Uint8Array
  readonly patience: Patience
  readonly signal?: AbortSignal
}

async function sendAtOnce({ s3, client, object, body, patience, signal }: Sending): Promise<void> {
  const put = new s3.PutObjectCommand({ ...object, Body: body })
  await patiently(patience, signal, () => client.send(put, { abortSignal: signal }))
}

/** The object appears when the store learns that all parts have arrived. The SDK's `Upload` leaves parts if aborted early. */
async function sendInParts({ s3, client, object, body, patience, signal }: Sending): Promise<void> {
  const create = new s3.CreateMultipartUploadCommand(object)
  const { UploadId } = await patiently(patience, signal, () => client.send(create))
  const upload = { ...object, UploadId }
  let sending: readonly Promise<unknown>[] = []
  try {
    const sendPart = limit(partsAtOnce, async (number: number) => {
      const Body = body.subarray((number - 1) * partBytes, number * partBytes)
      const part = new s3.UploadPartCommand({ ...upload, PartNumber: number, Body })
      const { ETag } = await patiently(patience, signal, () => client.send(part, { abortSignal: signal }))
      return { PartNumber: number, ETag }
    })
    const numbers = Array.from({ length: Math.ceil(body.length / partBytes) }, (_, i) => i + 1)
    const sent = numbers.map(sendPart)
    sending = sent
    const Parts = await Promise.all(sent)
    signal?.throwIfAborted()
    const complete = new s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })
    await patiently(patience, signal, () => client.send(complete)).catch(async (error: unknown) => {
      // The answer to an earlier try may have been lost.
      const isGone = error instanceof s3.S3ServiceException && error.$metadata.httpStatusCode === 404
      if (!isGone) throw error
      const { ContentLength } = await patiently(patience, signal, () => client.send(new s3.HeadObjectCommand(object)))
      if (ContentLength !== body.length) throw error
    })
  } catch (error) {
    await Promise.allSettled(sending) // a part that arrived later would remain
    await client.send(new s3.AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw error
  }
}

/** Whether an error may be temporary: a network error, or a busy or failing store. */
function isPassing(error: unknown): boolean {
  const { name, code, $metadata } = error as { name?: string; code?: unknown; $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  if (status !== undefined && status >= 300) return status >= 500 || status === 408 || status === 429
  return name === 'TimeoutError' || (typeof code === 'string' && networkCodes.test(code))
}

/** Codes of the system, and of Node's HTTP parser for answers that end early. */
const networkCodes = /^(E(?!RR_)[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/

type S3 = typeof import('@aws-sdk/client-s3')

function loadClient(): S3 {
  try {
    return loadPackage('@aws-sdk/client-s3') as S3
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `Output in S3 needs @aws-sdk/client-s3, which is ${(cause as Error).message}. Run: npm install @aws-sdk/client-s3`,
      { cause },
    )
  }
}

function unreachable(location: string, error: unknown): DreamLIPError {
  const { message } = error as Error
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${location}: expected a store that answers; got: ${message}. Check the address, the credentials and the connection.`,
    { cause: error },
  )
}
