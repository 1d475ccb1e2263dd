/** Fetches with patience: back-off where a server is busy, a limit on silence, and no step down from https. */
import { DreamLIPError } from '../errors'

const tries = 4
const firstPause = 500
const longestPause = 60_000

/** A server that says nothing for so long is asked again. */
const longestSilence = 60_000

/** Answers that may differ a moment later. */
const busy = new Set([408, 425, 429, 500, 502, 503, 504])

/** What an answer is made into; `chunks` is its body as it comes. */
type Use<T> = (response: Response, chunks: AsyncIterable<Uint8Array>) => Promise<T>

/**
 * Fetches a URL and hands a good answer, or 416 for a range beyond the end, to `use`. Both are tried again where that can help;
 * what `use` leaves unread of an answer is cancelled.
 * @throws DreamLIPError `HTTP_STATUS` for a refusal, `SOURCE_UNREADABLE` when no answer comes; the signal's reason when aborted
 */
export async function fetchPatiently<T>(
  url: string,
  name: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
  use: Use<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const failure = await tryOnce(url, name, headers, signal, use)
    if ('value' in failure) return failure.value
    signal?.throwIfAborted()
    if (!failure.retry || attempt === tries) throw failure.error
    const pause = failure.pause ?? firstPause * 2 ** (attempt - 1) * (0.5 + Math.random())
    await wait(Math.min(pause, longestPause), signal)
  }
}

type Outcome<T> = { value: T } | { error: unknown; retry: boolean; pause?: number }

async function tryOnce<T>(
  url: string,
  name: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
  use: Use<T>,
): Promise<Outcome<T>> {
  const watch = watchOver(signal)
  try {
    const response = await watch.unlessAborted(fetch(url, { headers, signal: watch.signal }))
    watch.alive()
    if (url.startsWith('https:') && response.url.startsWith('http:')) {
      throw new DreamLIPError(
        'HTTP_PROTOCOL',
        `${name}: the server redirects from https to http. Use a secure address.`,
      )
    }
    if (response.ok || response.status === 416) return { value: await use(response, chunksOf(response, watch)) }
    return { error: refused(name, response), retry: busy.has(response.status), pause: retryAfter(response) }
  } catch (error) {
    if (error instanceof DreamLIPError) return { error, retry: 'retry' in error }
    return { error: unreachable(name, error), retry: !isRedirectLoop(error) }
  } finally {
    watch.end()
  }
}

async function* chunksOf({ body }: Response, { unlessAborted, alive }: Watch): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  for (;;) {
    const next = await (reader && unlessAborted(reader.read()))
    if (!next || next.done) return
    alive()
    yield next.value
  }
}

type Watch = ReturnType<typeof watchOver>

/** Aborts when the caller does, when nothing was heard for too long, and at the end. */
function watchOver(caller: AbortSignal | undefined) {
  const controller = new AbortController()
  const { signal } = controller
  const follow = () => controller.abort(caller!.reason)
  const start = () => setTimeout(() => controller.abort(new Error('the server fell silent')), longestSilence)
  let timer = start()
  caller?.addEventListener('abort', follow, { once: true })
  return {
    signal,
    alive() {
      clearTimeout(timer)
      timer = start()
    },
    end() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', follow)
      controller.abort()
    },
    /** In Node 22 a body that is aborted while it comes may leave its reader waiting for ever. */
    unlessAborted<T>(work: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason as Error)
        if (signal.aborted) abort()
        signal.addEventListener('abort', abort, { once: true })
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
      })
    },
  }
}

function refused(name: string, { status, statusText }: Response): DreamLIPError {
  const advice = status === 401 || status === 403 ? 'Check that you may read it' : 'Check the address, or try later'
  return new DreamLIPError('HTTP_STATUS', `${name}: the server answers ${status} ${statusText}. ${advice}.`)
}

function unreachable(name: string, cause: unknown): DreamLIPError {
  const { message, cause: inner } = cause as Error
  const detail = inner instanceof Error ? `${message}: ${inner.message}` : message
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${name}: could not be fetched: ${detail}. Check the address and the network.`,
    {
      cause,
    },
  )
}

function isRedirectLoop(error: unknown): boolean {
  const { cause } = error as Error
  return cause instanceof Error && /redirect/i.test(cause.message)
}

/** Milliseconds that the server asks to wait: seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('Retry-After')
  if (header === null) return undefined
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}

/** Waits, unless the signal aborts: then its reason is thrown. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
