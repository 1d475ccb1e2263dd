/** The errors for a wrong Redis address. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workStatus } from '../../../src/bulk/queue/work-status.node.ts'
import { freePort } from '../moto'
import { hasRedis, startRedis, type RedisServer } from './redis'

let [folder, locked, tls] = [] as unknown as [string, RedisServer, RedisServer]
let tlsPort: number
const servers: Server[] = []

describe.skipIf(!hasRedis)('the address of Redis', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dreamlip-address-'))
    await mkdir(join(folder, 'tls'))
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`
    execFileSync('openssl', request.split(' '), { stdio: 'ignore' })
    locked = await startRedis(folder, '--requirepass', 'secret')
    tlsPort = await freePort()
    const files = `--tls-cert-file ${certificate} --tls-key-file ${key} --tls-auth-clients no`.split(' ')
    tls = await startRedis(join(folder, 'tls'), '--tls-port', String(tlsPort), ...files)
  })
  afterAll(async () => {
    locked.stop()
    tls.stop()
    servers.forEach((server) => server.close())
    await rm(folder, { recursive: true, force: true })
  })

  const messageOf = async (redis: string): Promise<string> => {
    const error: unknown = await workStatus({ redis }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE' })
    return (error as Error).message
  }

  it.each(['redis://', 'redis://:wrong@', 'redis://me:wrong@'])('asks for the password (%s)', async (start) => {
    const message = await messageOf(locked.url.replace('redis://', start))
    expect(message).toContain('Give the right user and password')
    expect(message).not.toContain('wrong@')
  })

  it('takes the right password, and refuses a database that is not there', async () => {
    const address = locked.url.replace('redis://', 'redis://:secret@')
    expect(await workStatus({ redis: address })).toMatchObject({ waiting: 0, completed: 0, setAside: [] })
    expect(await messageOf(`${address}/99`)).toContain('Give a database that the server has')
  })

  it('says when an address needs TLS, and when the certificate is not known', async () => {
    expect(await messageOf(`redis://localhost:${tlsPort}`)).toContain('write rediss:// instead of redis://')
    expect(await messageOf(`rediss://localhost:${tlsPort}`)).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('says when something else answers, or a Redis that is too old', async () => {
    const web = await serve((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await messageOf(web)).toContain('Something else than Redis answers')
    const old = await serve((socket, data) => {
      const commands = data.toString().split('*').length - 1
      socket.write('$21\r\nredis_version:4.0.9\r\n\r\n'.repeat(commands))
    })
    expect(await messageOf(old)).toContain('Use Redis 6.2 or newer, or Valkey')
  })

  it.each(['http://localhost', 'redis:6379', 'redis://localhost:port', 'redis://localhost/name', ''])(
    'refuses %j',
    async (redis) => {
      await expect(workStatus({ redis })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    },
  )
})

/** A server that is not Redis. */
async function serve(answer: (socket: Socket, data: Buffer) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => answer(socket, data))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}
