/** Reads all bytes of a stream that a caller passes: a web stream, or a Readable of Node. */
import { wrongArgument } from '../check-arguments'
import { onAbort } from '../concurrency/on-abort'
import { DreamLIPError } from '../errors'
import { joinBytes } from '../bytes/chunks'

/** Chunks of bytes: a web `ReadableStream`, a `Readable` of Node, or any other async iterable. It can be read once. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** Maximum bytes of a stream, which might never end. */
const largestStream = 128 * 1024 * 1024

export interface StreamOptions {
  /** Maximum bytes to accept, counted as they arrive; default 128 MB. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

export function isByteStream(input: unknown): input is ByteStream {
  return typeof input === 'object' && input !== null && ('getReader' in input || Symbol.asyncIterator in input)
}

/**
 * All bytes of a stream. If they are no longer needed, the stream is cancelled.
 * @throws DreamLIPError `SOURCE_UNREADABLE` if the stream fails or was read before, `IMAGE_TOO_LARGE`, `INVALID_ARGUMENT` for a
 *   stream of anything but bytes; the signal's reason, at once
 */
export async function readStream(
  stream: ByteStream,
  { limit = largestStream, signal }: StreamOptions = {},
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const chunks: Uint8Array[] = []
  let length = 0
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = onAbort(signal, () => reject(signal!.reason as Error))
  })
  const source = openStream(stream)
  try {
    for (;;) {
      const { done, value } = await Promise.race([source.next(), aborted])
      if (done) return joinBytes(chunks, length)
      if (!(value instanceof Uint8Array)) throw wrongArgument('image', 'a stream of bytes', value, 'Set no encoding.')
      chunks.push(value)
      length += value.length
      if (length > limit)
        throw new DreamLIPError('IMAGE_TOO_LARGE', `stream: expected at most ${limit} bytes; it has more.`)
    }
  } catch (error) {
    source.cancel()
    signal?.throwIfAborted()
    throw error instanceof DreamLIPError ? error : unreadable(error)
  } finally {
    stop()
  }
}

interface OpenStream {
  next(): Promise<{ readonly done?: boolean; readonly value?: unknown }>
  cancel(): void
}

function openStream(stream: ByteStream): OpenStream {
  const ignore = (ending: Promise<unknown> | undefined) => void ending?.catch(() => undefined)
  if ('getReader' in stream) {
    let reader: ReadableStreamDefaultReader<unknown> | undefined
    return {
      next: async () => (reader ??= stream.getReader()).read(),
      cancel: () => ignore(reader?.cancel()),
    }
  }
  const iterator = stream[Symbol.asyncIterator]()
  const { destroy } = stream as { destroy?: unknown }
  return {
    next: () => iterator.next(),
    cancel() {
      // This is the only way to end a Readable that waits for its source.
      if (typeof destroy === 'function') Reflect.apply(destroy, stream, [])
      ignore(iterator.return?.())
    },
  }
}

function unreadable(cause: unknown): DreamLIPError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `stream: could not be read: ${message}. A stream can be read only once: pass its bytes to use them again.`,
    { cause },
  )
}
