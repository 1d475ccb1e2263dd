/** A server that listens on this machine only and disconnects slow clients. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DreamLIPError } from '../../../errors'

/** Time limits for clients, in milliseconds. */
export interface Patience {
  /** For the headers of a request. */
  readonly headers: number
  /** For a whole request. */
  readonly request: number
  /** Without any byte in either direction. */
  readonly silence: number
}

export const usualPatience: Patience = { headers: 10_000, request: 60_000, silence: 120_000 }

/** Browsers use at most 6 connections per page. */
const mostConnections = 100

export interface Listening {
  readonly port: number
  /** Ends all connections. */
  close(): Promise<void>
}

/**
 * @param port 0 takes any free port
 * @throws DreamLIPError `IN_USE` if the port is taken, `INVALID_ARGUMENT` if the system refuses it
 */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  {
    host,
    port,
    patience = usualPatience,
  }: { readonly host: string; readonly port: number; readonly patience?: Patience },
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      connectionsCheckingInterval: Math.min(1000, patience.headers),
      keepAliveTimeout: 5000,
      maxHeaderSize: 16 * 1024,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    answer,
  )
  server.maxConnections = mostConnections
  server.setTimeout(patience.silence, (socket) => socket.destroy())
  server.on('connect', (_, socket) => socket.destroy())
  await start(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function start(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const used = code === 'EADDRINUSE'
      const problem = used ? 'another program listens there' : message
      reject(
        new DreamLIPError(
          used ? 'IN_USE' : 'INVALID_ARGUMENT',
          `port ${port} of ${host}: ${problem}. Choose another port; 0 takes any that is free.`,
        ),
      )
    })
    server.listen({ host, port, exclusive: true }, resolve)
  })
}
