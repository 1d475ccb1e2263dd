/** The service without its process: requests in, JSON out, every answer counted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { DreamLIPError } from 'dreamlip'
import { createMetrics, type Metrics } from './metrics'
import { routes, type Pictures } from './routes'
import { readUpload, Refused } from './upload'

export function createService(pictures: Pictures): Server {
  const metrics = createMetrics()
  const server = createServer((request, response) => void answer(pictures, metrics, request, response))
  server.requestTimeout = 30_000 // milliseconds for a whole upload
  server.headersTimeout = 10_000
  server.on('close', () => metrics.stop())
  return server
}

async function answer(pictures: Pictures, metrics: Metrics, request: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost')
  const name = `${request.method} ${pathname}`
  const done = metrics.start()
  // Nobody waits for the answer any more: what it needs is not computed.
  const left = new AbortController()
  response.on('close', () => left.abort())
  const send = (status: number, body: object | string, headers: Record<string, string> = {}) => {
    done(Object.hasOwn(routes, name) ? name : 'other', status)
    const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json'
    response.writeHead(status, { 'Content-Type': type, ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  if (name === 'GET /health') return send(200, { status: 'ok' })
  if (name === 'GET /metrics') return send(200, metrics.text())
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (!route) return send(404, { error: `Routes: ${Object.keys(routes).join(', ')}` })
  try {
    const body = request.method === 'POST' ? await readUpload(request) : undefined
    send(200, await route(pictures, { query, body, signal: left.signal }))
  } catch (error) {
    if (left.signal.aborted) return void done(name, 499) // the client has gone
    if (error instanceof Refused) return send(error.status, { error: error.message }, { Connection: 'close' })
    if (!(error instanceof DreamLIPError)) return (console.error(error), send(500, { error: 'internal error' }))
    if (error.code === 'QUEUE_FULL') return send(503, { code: error.code, error: 'busy' }, { 'Retry-After': '1' })
    const isFault = error.code === 'DISPOSED' || error.code === 'WORKER_FAILED' || error.code === 'RUN_FAILED'
    if (isFault) console.error(error)
    send(isFault ? 500 : 400, { code: error.code, error: error.message }) // the message says what is wrong with the request
  }
}
