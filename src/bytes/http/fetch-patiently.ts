/** Fetches with retries and back-off, with limits on silence and slowness. Redirects from https to http are refused. */
import { DreamLIPError } from '../../errors'
import { TooLarge } from '../too-large'
import { checkAddress } from './address'
import { requestOf, type RequestHeaders } from './headers'

/** Time limits and retries for a server. */
export interface Patience {
  /** Requests for the same range before giving up. */
  readonly tries: number
  /** Give up on a server that sends nothing for this long, or that sends less than `slowest` for longer. */
  readonly windowMs: number
  /** Minimum bytes per second. */
  readonly slowest: number
}

/** For large files: weights, data sets. */
export const patient: Patience = { tries: 4, windowMs: 20_000, slowest: 500 }

/** For one image of many. */
export const brisk: Patience = { tries: 3, windowMs: 10_000, slowest: 500 }

const firstPause = 500
const longestPause = 60_000

/** Long enough for the event loop to process the bytes that have arrived. */
const secondLookMs = 50

/** Statuses that are worth a retry. */
const busy = new Set([408, 425, 429, 500, 502, 503, 504])

export interface FetchOptions {
  /** Sent with every request. `fetch` does not forward authorization and cookies to another host. */
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  readonly patience?: Patience
  /** Whether the browser's own cache may answer; default: as the server allows. */
  readonly cache?: RequestCache
  /** Default GET. */
  readonly method?: 'HEAD'
  /** Unsuccessful responses that the caller handles itself. Redirects among them are not followed. */
  readonly expects?: (response: Response) => boolean
}

/** A response whose body has not been read. */
export interface Answer {
  readonly response: Response
  /** The body's chunks. They end in an error if the connection breaks or the server is too slow. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Cancels the rest of the body. Every response must be ended. */
  end(): void
}

/** Turns a response into a result. */
type Use<T> = (response: Response, chunks: AsyncIterable<Uint8Array>) => Promise<T>

/**
 * Fetches a URL and passes a successful response, or 416 for a range beyond the end, to `use`. The request and `use` are retried if
 * that can help. The part of a body that `use` does not read is cancelled.
 * @param name of the URL in messages
 * @throws DreamLIPError `HTTP_STATUS` for a refusal, `SOURCE_UNREADABLE` if there is no response; the signal's reason when aborted
 */
export async function fetchPatiently<T>(url: string, name: string, options: FetchOptions, use: Use<T>): Promise<T> {
  return retrying(options, async (attempt) => {
    const answer = await openOnce(url, name, options, attempt)
    try {
      return await use(answer.response, answer.chunks)
    } catch (error) {
      throw broken(name, error)
    } finally {
      answer.end()
    }
  })
}

/** Like `fetchPatiently`, for a caller that reads the body in pieces and resumes it itself. */
export function openPatiently(url: string, name: string, options: FetchOptions): Promise<Answer> {
  return retrying(options, (attempt) => openOnce(url, name, options, attempt))
}

/** A failure that is worth a retry. */
class Passing extends Error {
  constructor(
    readonly failure: DreamLIPError,
    /** Milliseconds to wait, at the server's request. */
    readonly pause?: number,
  ) {
    super(failure.message)
  }
}

async function retrying<T>(
  { signal, patience = patient }: FetchOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      if (attempt >= patience.tries) throw error.failure
      await wait(pauseBefore(attempt, error.pause), signal)
    }
  }
}

/** Milliseconds to wait before the next attempt: at the server's request, else twice as long each time. */
export function pauseBefore(attempt: number, asked?: number): number {
  return Math.min(asked ?? firstPause * 2 ** (attempt - 1) * (0.5 + Math.random()), longestPause)
}

async function openOnce(
  url: string,
  name: string,
  { headers = {}, patience = patient, signal, method, expects, cache }: FetchOptions,
  attempt: number,
): Promise<Answer> {
  checkAddress(url)
  const request = requestOf(url, headers)
  const watch = watchOver(patience, signal)
  try {
    const redirect = expects ? 'manual' : 'follow'
    const fetching = () =>
      fetch(request.url, { method, redirect, cache, headers: request.headers, signal: watch.signal })
    const response = await watch.waitFor(attempt === 1 ? fetching() : fetchUnderPolicy(request.url, fetching))
    checkAnswer(url, name, response, expects)
    return { response, chunks: chunksOf(response, watch), end: watch.end }
  } catch (error) {
    watch.end()
    throw broken(name, error)
  }
}

/** A failed `fetch` does not say that a page's policy blocked it. The code that checks this is loaded only for a retry. */
async function fetchUnderPolicy(url: string, fetching: () => Promise<Response>): Promise<Response> {
  const { underPolicy } = await import('../../content-policy')
  return underPolicy(fetching, ({ blockedURI }) => url.startsWith(blockedURI))
}

function checkAnswer(url: string, name: string, response: Response, expects?: FetchOptions['expects']): void {
  if (url.startsWith('https:') && response.url.startsWith('http:')) {
    throw new DreamLIPError(
      'HTTP_PROTOCOL',
      `${name}: the server redirects from https to http, which is refused. Use the address of an https server.`,
    )
  }
  if (response.ok || response.status === 416 || expects?.(response)) return
  const error = refused(name, response)
  throw busy.has(response.status) ? new Passing(error, retryAfter(response)) : error
}

/** Tells failures that are worth a retry from those that are not. */
function broken(name: string, error: unknown): Error {
  if (error instanceof Passing || error instanceof TooLarge) return error
  if (error instanceof DreamLIPError) return 'retry' in error ? new Passing(error) : error
  const failure = unreachable(name, error)
  return isFinal(error) ? failure : new Passing(failure)
}

/** Reads one chunk ahead: otherwise, bytes that arrived before a connection broke would be lost. */
function chunksOf({ body }: Response, { waitFor, received }: Watch): AsyncIterable<Uint8Array> {
  const reader = body?.getReader()
  const read = () => {
    const chunk = reader?.read()
    chunk?.catch(() => undefined)
    return chunk
  }
  const first = read()
  return (async function* () {
    for (let next = first; next;) {
      const { done, value } = await waitFor(next)
      if (done) return
      received(value.length)
      next = read()
      yield value
    }
  })()
}

type Watch = ReturnType<typeof watchOver>

/** The error for a server that sends nothing, or almost nothing. */
export class Stalled extends Error {
  constructor(bytes: number, milliseconds: number) {
    const sent = bytes === 0 ? 'nothing' : `only ${bytes} bytes`
    super(`the server sent ${sent} in ${Math.round(milliseconds / 1000)} seconds`)
  }
}

/**
 * Aborts when the caller does, when the server is silent or too slow, and at the end. A server has a budget of `windowMs`. Waiting
 * for it uses the budget up, and every byte restores some of it.
 */
function watchOver({ windowMs, slowest }: Patience, caller: AbortSignal | undefined) {
  const controller = new AbortController()
  const { signal } = controller
  const follow = () => controller.abort(caller!.reason)
  let left = windowMs
  let [bytes, waited] = [0, 0]
  if (caller?.aborted) follow()
  caller?.addEventListener('abort', follow, { once: true })
  return {
    signal,
    received(count: number) {
      left = Math.min(windowMs, left + (count * 1000) / slowest)
      // The error reports the bytes and the time since the server was last fast enough.
      if (left === windowMs) bytes = waited = 0
      else bytes += count
    },
    end() {
      controller.abort()
      caller?.removeEventListener('abort', follow)
    },
    /** In Node 22, the reader of an aborted body may wait forever. */
    waitFor<T>(work: Promise<T>): Promise<T> {
      const begun = performance.now()
      return new Promise<T>((resolve, reject) => {
        const abort = () => reject(signal.reason as Error)
        if (signal.aborted) abort()
        signal.addEventListener('abort', abort, { once: true })
        const giveUp = () => controller.abort(new Stalled(bytes, waited + left))
        // If a long computation delayed the timer, bytes that arrived in the meantime are read first.
        let timer = setTimeout(() => (timer = setTimeout(giveUp, secondLookMs)), left)
        work.then(resolve, reject).finally(() => {
          const spent = performance.now() - begun
          left = Math.max(0, left - spent)
          waited += spent
          clearTimeout(timer)
          signal.removeEventListener('abort', abort)
        })
      })
    },
  }
}

function refused(name: string, { status, statusText }: Response): DreamLIPError {
  const advice = status === 401 || status === 403 ? 'Check that you may read it' : 'Check the address, or try later'
  const problem = `the server answers ${status} ${statusText.slice(0, 80)}`
  return new DreamLIPError('HTTP_STATUS', `${name}: ${problem}. ${advice}.`, { cause: status })
}

function unreachable(name: string, cause: unknown): DreamLIPError {
  const { message, cause: inner } = cause as Error
  const detail = inner instanceof Error && !isOfPolicy(cause) ? `${message}: ${inner.message}` : message
  const advice = isOfPolicy(cause) ? '' : ' Check the address and the network.'
  return new DreamLIPError('SOURCE_UNREADABLE', `${name}: could not be fetched: ${detail}.${advice}`, { cause })
}

/** Whether `underPolicy` threw it. */
function isOfPolicy(error: unknown): boolean {
  return (error as { remedy?: string }).remedy !== undefined
}

/** Failures that a retry cannot fix: a redirect loop, an invalid request, a policy of the page. */
function isFinal(error: unknown): boolean {
  const { cause } = error as Error
  return isOfPolicy(error) || (cause instanceof Error && /redirect|unknown scheme|invalid url/i.test(cause.message))
}

/** Milliseconds to wait, from a Retry-After header in seconds or as a date. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('Retry-After')
  if (header === null) return undefined
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}

/** Waits. @throws the signal's reason when aborted */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
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
