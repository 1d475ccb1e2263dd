/** A server that sends a file like Google Drive: first a page with a form, then the file. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendBytes, serve, type Misbehaviour, type TestServer } from './server'

const confirmPage = `<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>
<p class="uc-warning-caption">Google Drive can't scan this file for viruses.</p>
<form id="download-form" action="/download" method="get"><input type="submit" id="uc-download-link" value="Download anyway"/>
<input type="hidden" name="id" value="ID"><input type="hidden" name="export" value="download">
<input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="a&amp;b"></form></body></html>`

const quotaPage = `<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head>
<body><p class="uc-error-caption">Sorry</p><p class="uc-error-subcaption">Too many users have viewed or downloaded this file recently.</p></body></html>`

export interface DriveOptions {
  readonly quota?: boolean
  /** The fault in the n-th response that contains the file, counted from 1. */
  readonly misbehave?: (count: number, request: IncomingMessage) => Misbehaviour
}

/** Its `url` is the file's address that a user would pass. */
export async function serveAsDrive(bytes: Uint8Array, { quota, misbehave }: DriveOptions = {}): Promise<TestServer> {
  let files = 0
  const server = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    if (quota) return sendPage(response, quotaPage)
    const confirmed =
      pathname === '/download' &&
      searchParams.get('confirm') === 't' &&
      searchParams.get('uuid') === 'a&b' &&
      request.headers.cookie === 'NID=1; other=2'
    if (!confirmed) return sendPage(response, confirmPage)
    const { headers, ...rest } = misbehave?.(++files, request) ?? {}
    sendBytes(bytes, request, response, {
      ...rest,
      headers: { 'Content-Disposition': 'attachment; filename="model.pt"', ...headers },
    })
  })
  return { ...server, url: `${server.url}/uc?id=ID&export=download` }
}

function sendPage(response: ServerResponse, html: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Set-Cookie': ['NID=1; path=/; HttpOnly', 'other=2'],
  })
  response.end(html)
}
