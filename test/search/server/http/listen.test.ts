/** Slow clients. */
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { listen, type Listening } from '../../../../src/search/server/http/listen.node.ts'

let listening: Listening
afterEach(() => listening.close())

/** Resolves to the server's response when it has closed the connection. */
function sendAndWait(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(listening.port, '127.0.0.1', () => socket.write(text))
    let said = ''
    socket.on('data', (chunk) => (said += String(chunk)))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
  })
}

it.each([
  [
    'whose headers do not end',
    { headers: 50, request: 10_000, silence: 60_000 },
    'GET / HTTP/1.1\r\nHost: a\r\n',
    /408/,
  ],
  [
    'whose body does not end',
    { headers: 50, request: 60, silence: 60_000 },
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab',
    /408/,
  ],
  ['that sends nothing', { headers: 10_000, request: 10_000, silence: 50 }, '', /^$/],
])('a client %s is given up', async (_, patience, text, said) => {
  listening = await listen((request) => void request.resume(), { host: '127.0.0.1', port: 0, patience })
  expect(await sendAndWait(text)).toMatch(said)
})

it('closing ends connections that wait for an answer', async () => {
  let asked: () => void
  const whenAsked = new Promise<void>((resolve) => (asked = resolve))
  listening = await listen(() => asked(), { host: '127.0.0.1', port: 0 })
  const ended = sendAndWait('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await whenAsked
  await listening.close()
  expect(await ended).toBe('')
})
