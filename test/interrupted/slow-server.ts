/** A slow server for one file, with ranges. */
import { setTimeout as wait } from 'node:timers/promises'
import { serve, type TestServer } from '../server/server'

const pieces = 40
const pauseMs = 25

export function serveSlowly(file: Uint8Array): Promise<TestServer> {
  return serve((request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const ranged = request.headers.range !== undefined
    response.writeHead(ranged ? 206 : 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': file.length - start,
      ETag: '"v1"',
      ...(ranged && { 'Content-Range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    })
    void (async () => {
      const size = Math.ceil(file.length / pieces)
      for (let at = start; at < file.length && !response.destroyed; at += size) {
        response.write(file.subarray(at, Math.min(file.length, at + size)))
        await wait(pauseMs)
      }
      response.end()
    })()
  })
}
