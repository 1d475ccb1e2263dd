/** A network line to a server, which can be cut: it refuses new connections, or all go silent, as if every packet were lost. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Line {
  readonly url: string
  cut(how: 'refused' | 'silent'): void
  mend(): void
  close(): void
}

export async function openLine(endpoint: string): Promise<Line> {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set<Socket>()
  let state: 'whole' | 'refused' | 'silent' = 'whole'
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (state === 'refused') return void near.resetAndDestroy()
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => (sockets.delete(from), to.destroy()))
      from.on('data', (data: Buffer) => state === 'silent' || to.write(data))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = () => sockets.forEach((socket) => socket.resetAndDestroy())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut(how) {
      state = how
      if (how === 'refused') drop()
    },
    mend() {
      if (state === 'silent') drop() // lost data is not sent again
      state = 'whole'
    },
    close() {
      drop()
      server.close()
    },
  }
}
