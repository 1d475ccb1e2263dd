import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileNameOf } from '../../../src/bytes/cache-folder.node.ts'
import { downloadCheckpoint } from '../../../src/checkpoint/released/download.node.ts'
import { serveAsDrive, type DriveOptions } from '../../server/drive'
import type { TestServer } from '../../server/server'
import { resultOf, startDownload } from './start-download'

const file = new Uint8Array(1_000_000).map((_, i) => (i * 7919) >> 3)
file.set([0x50, 0x4b, 0x03, 0x04])
const sha256 = createHash('sha256').update(file).digest('hex')

let cacheDir: string
let server: TestServer | undefined
const processes: ChildProcess[] = []
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'dreamlip-'))
})
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
  await server?.close()
  rmSync(cacheDir, { recursive: true })
})

async function drive(options?: DriveOptions): Promise<string> {
  server = await serveAsDrive(file, options)
  return server.url
}

function startProcess(url: string): ChildProcess {
  const child = startDownload(url, cacheDir)
  processes.push(child)
  return child
}

describe('downloadCheckpoint in several processes', () => {
  it('downloads once when three of them want the same file', async () => {
    const url = await drive()
    const results = await Promise.all([1, 2, 3].map(() => resultOf(startProcess(url))))
    expect(results.map(({ cached }) => cached).sort()).toEqual([false, true, true])
    for (const result of results) expect(result).toMatchObject({ sha256, bytes: file.length })
    expect(server!.requests).toHaveLength(2)
    expect(readdirSync(cacheDir)).toEqual([fileNameOf(url)])
  })

  it('continues the download of a killed process', async () => {
    const url = await drive({ misbehave: (count) => (count === 1 ? { stallAfter: 600_000 } : {}) })
    const part = join(cacheDir, `${fileNameOf(url)}.part`)
    const child = startProcess(url)
    await vi.waitFor(() => expect(statSync(part).size).toBe(600_000), { timeout: 30_000 })
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    const { path } = await downloadCheckpoint(url, { cacheDir, sha256 })
    expect(Buffer.from(file).equals(readFileSync(path))).toBe(true)
    expect(server!.requests.at(-1)).toMatch(/ bytes=600000-$/)
    expect(readdirSync(cacheDir)).toEqual([fileNameOf(url)])
  })
})
