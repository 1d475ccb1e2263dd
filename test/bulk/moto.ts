/** A server with S3's protocol: moto, from `MOTO_SERVER` or `scripts/install-moto.sh`. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { canRun } from '../skipping'

const program = process.env.MOTO_SERVER ?? '.cache/moto/bin/moto_server'

export const hasMoto = canRun(existsSync(program), 'tests of S3', 'scripts/install-moto.sh installs a server')

/** Starts it. @returns its address, and a function that stops it */
export async function startMoto(): Promise<{ readonly endpoint: string; readonly stop: () => void }> {
  const port = await freePort()
  const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  while (!(await fetch(endpoint).then(Boolean, () => false))) {
    if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { endpoint, stop: () => void server.kill('SIGKILL') }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
