/** The Hub's cache, used by several processes. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { downloadCheckpoint } from '../../../src/index.node.ts'
import { repository, serveHub, type HubOptions, type TestHub } from '../../server/hub'
import { resultOf, startDownload } from '../released/start-download'

const weights = readFileSync('examples/golden/golden.pt')

let cacheDir: string
let hub: TestHub
const processes: ChildProcess[] = []
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'dreamlip-hub-processes-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const child of processes.splice(0)) child.kill('SIGKILL')
  await hub.close()
  rmSync(cacheDir, { recursive: true })
})

async function start(options?: HubOptions): Promise<void> {
  hub = await serveHub({ 'dream/lip': repository({ 'golden.pt': weights }) }, options)
  vi.stubEnv('HF_ENDPOINT', hub.url)
  vi.stubEnv('HF_TOKEN', '')
  vi.stubEnv('HF_HUB_OFFLINE', '')
}

function startProcess(): ChildProcess {
  const child = startDownload('hf://dream/lip', cacheDir)
  processes.push(child)
  return child
}

const blobs = () => join(cacheDir, 'models--dream--lip', 'blobs')

describe('a name on the Hub in several processes', () => {
  it('is downloaded once when three of them want it', async () => {
    await start()
    const results = await Promise.all([1, 2, 3].map(() => resultOf(startProcess())))
    expect(results.map(({ cached }) => cached).sort()).toEqual([false, true, true])
    expect(new Set(results.map(({ path }) => path)).size).toBe(1)
    expect(hub.stored).toHaveLength(1)
    expect(readdirSync(blobs())).toHaveLength(1)
  })

  it('continues where a killed process stopped', async () => {
    await start({ misbehave: (count) => (count === 1 ? { stallAfter: 100_000 } : {}) })
    const child = startProcess()
    const part = () => readdirSync(blobs()).find((name) => name.endsWith('.part'))!
    await vi.waitFor(() => expect(statSync(join(blobs(), part())).size).toBe(100_000), { timeout: 30_000 })
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    const { path } = await downloadCheckpoint('hf://dream/lip', { cacheDir })
    expect(readFileSync(path).equals(weights)).toBe(true)
    expect(hub.stored.at(-1)).toMatch(/ bytes=100000-$/)
    expect(readdirSync(blobs())).toHaveLength(1)
  })
})
