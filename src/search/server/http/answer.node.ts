/** Sends answers, with headers that keep out other sites and foreign scripts. */
import type { ServerResponse } from 'node:http'
import { DreamLIPError } from '../../../errors'
import type { ErrorAnswer } from '../protocol/answers'
import type { Content } from './content'

/** An error with an HTTP status. */
export class HTTPError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

/** The page loads scripts, styles and pictures from this server, dragged pictures from itself, and nothing from elsewhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

const caching = { never: 'no-store', revalidate: 'no-cache', forever: 'private, max-age=31536000, immutable' } as const

export function send(response: ServerResponse, { type, bytes, keep }: Content): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': caching[keep ?? 'never'],
  })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

export function sendJSON(response: ServerResponse, value: object): void {
  send(response, { type: 'application/json; charset=utf-8', bytes: new TextEncoder().encode(JSON.stringify(value)) })
}

/** Sends an error: 4xx for the caller's mistakes, 5xx for others. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  const { status, code, message, headers } = describe(error)
  const answer: ErrorAnswer = { error: { code, message } }
  const bytes = new TextEncoder().encode(JSON.stringify(answer))
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    // The unread part of this request must not be taken for the next one.
    ...(!response.req.complete && { Connection: 'close' }),
  })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

const callersMistakes: readonly string[] = ['INVALID_ARGUMENT', 'QUERY_INVALID', 'IMAGE_INVALID', 'IMAGE_TOO_LARGE']

function describe(error: unknown) {
  if (error instanceof HTTPError) {
    const { status, message, headers } = error
    return { status, code: status === 404 ? 'SOURCE_UNREADABLE' : 'INVALID_ARGUMENT', message, headers }
  }
  if (error instanceof DreamLIPError) {
    const { code, message } = error
    return {
      status: callersMistakes.includes(code) ? 400 : code === 'QUEUE_FULL' ? 503 : 500,
      code,
      message,
      headers: {},
    }
  }
  return { status: 500, code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), headers: {} }
}
