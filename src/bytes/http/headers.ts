/** Headers of requests: whether they can be sent, who asks, and what other hosts may not see. */
import { userAgent } from '#bytes/user-agent'
import { DreamLIPError } from '../../errors'

/** Sent with every request: `Authorization`, `User-Agent`. */
export type RequestHeaders = Readonly<Record<string, string>>

/** What `fetch` keeps from another host when it follows a redirect. */
const secrets = ['authorization', 'cookie', 'proxy-authorization']

/**
 * The address and headers of a request. User and password in the address become a header: `fetch` takes no such address.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming a header that cannot be sent, never its value
 */
export function requestOf(address: string, own: RequestHeaders): { readonly url: string; readonly headers: Headers } {
  const url = new URL(address)
  const headers = headersOf(own)
  if (userAgent && !headers.has('User-Agent')) headers.set('User-Agent', userAgent)
  if (url.username || url.password) {
    if (!headers.has('Authorization')) headers.set('Authorization', basic(url))
    url.username = url.password = ''
  }
  return { url: url.href, headers }
}

/** What a request asks for is not the caller's to say: the answer would not be understood. */
const reserved = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']

/** The caller's headers with those that a request needs, which win. */
export function withHeaders(own: RequestHeaders | undefined, needed: RequestHeaders = {}): RequestHeaders {
  const headers = headersOf(own === undefined ? {} : own)
  for (const name of reserved) headers.delete(name)
  for (const [name, value] of Object.entries(needed)) headers.set(name, value)
  return Object.fromEntries(headers)
}

/** The headers that another host may see too. */
export function withoutCredentials(headers: RequestHeaders | undefined): RequestHeaders {
  const entries = Object.entries(headers ?? {})
  return Object.fromEntries(entries.filter(([name]) => !secrets.includes(name.toLowerCase())))
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for anything but an object of headers */
function headersOf(own: RequestHeaders): Headers {
  const isObject = typeof own === 'object' && own !== null && !Array.isArray(own)
  if (!isObject) throw invalid('expected an object of names and values')
  const headers = new Headers()
  for (const [name, value] of Object.entries(own)) {
    try {
      if (typeof value !== 'string') throw new TypeError()
      headers.set(name, value)
    } catch {
      throw invalid(
        `${JSON.stringify(name.slice(0, 80))} cannot be sent; expected a header's name and a text of one line`,
      )
    }
  }
  return headers
}

function invalid(problem: string): DreamLIPError {
  return new DreamLIPError('INVALID_ARGUMENT', `headers: ${problem}.`)
}

function basic({ username, password }: URL): string {
  const bytes = new TextEncoder().encode(`${decode(username)}:${decode(password)}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
