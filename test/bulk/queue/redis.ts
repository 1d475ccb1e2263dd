/** A test's own Redis server. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { canRun } from '../../skipping'
import { freePort } from '../moto'

export const hasRedis = canRun(
  spawnSync('redis-server', ['--version']).status === 0,
  'tests of queues',
  'scripts/install-redis.sh installs Redis',
)

export interface RedisServer {
  readonly url: string
  /** Stops it like a power cut, and restarts it with the contents of its log. */
  restart(): Promise<void>
  stop(): void
}

export async function startRedis(folder: string, ...settings: readonly string[]): Promise<RedisServer> {
  const port = await freePort()
  let server: ChildProcess
  const start = async () => {
    const options = [
      '--port',
      String(port),
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ]
    server = spawn('redis-server', [...options, ...settings], { stdio: 'ignore' })
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGKILL')
      await ended
      await start()
    },
    stop: () => void server.kill('SIGKILL'),
  }
}

/** Sends one command. @returns the reply of Redis, in its protocol */
export function sendToRedis(url: string, words: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.on('error', reject)
    socket.on('data', (data) => (socket.destroy(), resolve(data.toString())))
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => socket.write('PING\r\n'))
    socket.on('data', (data) => end(/^(\+PONG|-NOAUTH)/.test(data.toString())))
    socket.on('error', () => end(false))
  })
}
