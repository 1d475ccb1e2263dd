/** Request headers: checks them, adds the User-Agent, and keeps credentials from other hosts. */
import { userAgent } from '#bytes/user-agent'
import { DreamLIPError } from '../../errors'

/** Sent with every request: `Authorization`, `User-Agent`. */
export type RequestHeaders = Readonly<Record<string, string>>

/** Headers that `fetch` drops when a redirect leads to another host. */
const secrets = ['authorization', 'cookie', 'proxy-authorization']

/**
 * The address and headers of a request. A user and password in the address become a header, because `fetch` refuses them.
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

/** Headers that callers cannot set: the response would be misread. */
const reserved = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']

/** The caller's headers, overridden by those that the request needs. */
export function withHeaders(own: RequestHeaders | undefined, needed: RequestHeaders = {}): RequestHeaders {
  const headers = headersOf(own === undefined ? {} : own)
  for (const name of reserved) headers.delete(name)
  for (const [name, value] of Object.entries(needed)) headers.set(name, value)
  return Object.fromEntries(headers)
}

/** The headers that another host may see. */
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
        `${JSON.stringify(name.slice(0, 80))} cannot be sent; expected a valid header name and a value of one line`,
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
