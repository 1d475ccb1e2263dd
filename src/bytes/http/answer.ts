/** A file's metadata in the headers of an HTTP response. Every claim is checked against the bytes. */
import { DreamLIPError } from '../../errors'
import type { Version } from '../version'

/** Identifies the version of a file; empty if the server sends neither ETag nor Last-Modified. */
export function validatorOf(response: Response): string {
  return response.headers.get('ETag') || response.headers.get('Last-Modified') || ''
}

/** The `If-Range` header of a later request: the server sends the rest only of this version. Weak validators never match. */
export function ifRange(validator: string): Record<string, string> {
  return validator === '' || validator.startsWith('W/') ? {} : { 'If-Range': validator }
}

/** The body's encoding, if it was sent compressed. */
export function contentEncoding(response: Response): string | undefined {
  const encoding = response.headers.get('Content-Encoding')?.trim().toLowerCase()
  return encoding && encoding !== 'identity' ? encoding.slice(0, 80) : undefined
}

/** Refuses a compressed response: its ranges do not count the file's own bytes. */
export function refuseEncodings(name: string, response: Response): void {
  const encoding = contentEncoding(response)
  if (encoding === undefined) return
  throw protocolError(name, `it sends Content-Encoding ${encoding}, so ranges of the file cannot be read`)
}

/** The Content-Length of an uncompressed body. @throws DreamLIPError `HTTP_PROTOCOL` */
export function contentLength(name: string, response: Response): number | undefined {
  const header = response.headers.get('Content-Length')
  if (header === null || contentEncoding(response) !== undefined) return undefined
  const length = /^\d{1,16}$/.test(header.trim()) ? Number(header) : NaN
  if (Number.isSafeInteger(length)) return length
  throw protocolError(name, `its Content-Length is ${JSON.stringify(header.slice(0, 80))}`)
}

/** The Content-Range of a 206 response. Across origins, browsers hide it unless the server exposes it. */
export function contentRangeOf(name: string, response: Response): { start: number; end: number; total: number } {
  const header = response.headers.get('Content-Range')
  if (header !== null) return parseContentRange(name, header)
  throw protocolError(
    name,
    'its answer has no readable Content-Range. Make the server send Access-Control-Expose-Headers: Content-Range, ' +
      'or fetch the file yourself and pass the Blob',
  )
}

/** Reads `bytes first-last/total`. */
export function parseContentRange(name: string, header: string): { start: number; end: number; total: number } {
  const [start, end, total] = (/^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/i.exec(header.trim()) ?? [])
    .slice(1)
    .map(Number)
  const valid = start !== undefined && [start, end, total].every(Number.isSafeInteger) && start <= end! && end! < total!
  if (!valid) throw protocolError(name, `its Content-Range is ${JSON.stringify(header.slice(0, 80))}`)
  return { start: start, end: end!, total: total! }
}

/** The total in a 416 response's `bytes *\/total`, if it has one. */
export function totalOfUnsatisfied(response: Response): number | undefined {
  const total = Number(/^bytes \*\/(\d{1,16})$/i.exec(response.headers.get('Content-Range')?.trim() ?? '')?.[1] ?? NaN)
  return Number.isSafeInteger(total) ? total : undefined
}

/** The error's cause when a server sends a web page instead of a file. */
export const pageForFile = 'page'

/** Refuses a web page where a file is expected. Files that happen to be pages have a Content-Disposition. */
export function refusePages(name: string, response: Response): void {
  if (!isPage(response)) return
  throw new DreamLIPError(
    'HTTP_PROTOCOL',
    `${name}: it is a web page, not a file. Use the address of the file itself.`,
    { cause: pageForFile },
  )
}

/** Whether the response is a web page rather than a file that happens to be one. */
export function isPage(response: Response): boolean {
  const html = /^text\/html\b/i.test(response.headers.get('Content-Type') ?? '')
  return html && !response.headers.has('Content-Disposition')
}

/** An error for a response that breaks the protocol. */
export function protocolError(name: string, problem: string): DreamLIPError {
  return new DreamLIPError('HTTP_PROTOCOL', `${name}: ${problem}.`)
}

/** An error for a file that changed on the server. */
export function changedError(name: string, before: Version, now?: Version): DreamLIPError {
  const describe = ({ size, validator }: Version) =>
    `${size ?? 'unknown'} bytes, ${validator.slice(0, 80) || 'no ETag'}`
  return new DreamLIPError(
    'HTTP_CHANGED',
    `${name}: the file changed on the server while it was read (${describe(before)}; now ${now ? describe(now) : 'shorter'}). ` +
      'Load it again.',
  )
}

/** A body that ended early. A retry may help. */
export class ShortBody extends DreamLIPError {
  readonly retry = true

  constructor(name: string, expected: number | undefined, actual: number, cause?: unknown) {
    super(
      'HTTP_PROTOCOL',
      `${name}: the answer ended after ${actual} of ${expected ?? 'an unknown number of'} bytes. Try again.`,
      { cause },
    )
  }
}
