/** Runs an example as a process, as described in its first lines. */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect } from 'vitest'

const tsx = 'node_modules/tsx/dist/cli.mjs'

/** Sources that use TensorFlow.js's gradients need this under tsx. */
export const withGradients = ['--import', './scripts/tfjs-modules.mjs']

/** @returns the lines that it prints; it must print nothing on standard error */
export async function runExample(...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [tsx, ...args])
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => void (await Promise.all(ends.splice(0).map((end) => end()))))

/**
 * Starts a program that runs until the test ends.
 * @param args of node
 * @returns the address that it prints
 */
export async function startServing(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  ends.push(() => (child.kill(), ended))
  let said = ''
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text
        const [address] = /http:\/\/[\w.]+:\d+/.exec(said) ?? []
        if (address) resolve(address)
      })
    }
    void ended.then(() => reject(new Error(`It printed no address, but: ${said}`)))
  })
}
