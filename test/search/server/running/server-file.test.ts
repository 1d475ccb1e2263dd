/** The file with the address of a running server. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import {
  createToken,
  parseServerFile,
  readServerFile,
  removeServerFile,
  writeServerFile,
} from '../../../../src/search/server/running/server-file.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-server-file-'))
const path = join(folder, 'dreamlip-server.json')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const token = createToken()
const url = 'http://127.0.0.1:8600'
const valid = { url, pid: process.pid, host: hostname(), token }

it('is read as it was written, and replaces one that others can read', async () => {
  writeFileSync(path, 'old', { mode: 0o666 })
  await writeServerFile(folder, { url, token })
  expect(await readServerFile(folder)).toEqual(valid)
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).toBe(0)
})

it('is not removed by a server that another has replaced', async () => {
  await writeServerFile(folder, { url, token })
  await removeServerFile(folder, createToken())
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(valid)
  await removeServerFile(folder, token)
  expect(await readServerFile(folder)).toBeUndefined()
})

it('is ignored if its process has ended, or runs on another machine', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  for (const other of [{ pid }, { host: 'elsewhere' }]) {
    writeFileSync(path, JSON.stringify({ ...valid, ...other }))
    expect(await readServerFile(folder)).toBeUndefined()
  }
})

it.each([
  'http://evil.example:80',
  'https://127.0.0.1:80',
  'http://127.0.0.1.evil.example:80',
  'http://127.0.0.1:80@evil.example',
  'http://127.0.0.1:80/path',
  'http://x@127.0.0.1:80',
  'http://127.0.0.1',
  'file:///etc/passwd',
])('with the address %s is refused: queries are not sent elsewhere', (url) => {
  expect(parseServerFile(JSON.stringify({ ...valid, url }))).toBeUndefined()
})

it('is understood or ignored, whatever it contains', () => {
  const almost = fc.record(
    { url: fc.jsonValue(), pid: fc.jsonValue(), host: fc.jsonValue(), token: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        almost.map((part) => JSON.stringify({ ...valid, ...part })),
      ),
      (text) => {
        const file = parseServerFile(text)
        if (file) expect(new URL(file.url).hostname).toMatch(/^(127\.0\.0\.1|localhost|\[::1\])$/)
      },
    ),
  )
})
