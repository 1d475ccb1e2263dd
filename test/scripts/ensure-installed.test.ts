/** The script that lets `npm test` start from a bare clone, run in a small project of its own. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dreamlip-install-'))
  mkdirSync(join(root, 'scripts'))
  mkdirSync(join(root, 'part'))
  cpSync('scripts/ensure-installed.mjs', join(root, 'scripts/ensure-installed.mjs'))
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'root', dependencies: { part: 'file:part' } }))
  writeProject('1.0.0')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

/** The project depends on a package in its own folder, so that no registry is asked. */
function writeProject(version: string) {
  writeFileSync(join(root, 'part/package.json'), JSON.stringify({ name: 'part', version }))
  const packages = {
    '': { name: 'root', dependencies: { part: 'file:part' } },
    part: { version },
    'node_modules/part': { resolved: 'part', link: true },
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ name: 'root', lockfileVersion: 3, packages }))
}

/** How often npm was called, and the exit code. */
async function run(): Promise<{ installs: number; code: number | null }> {
  const child = spawn(process.execPath, [join(root, 'scripts/ensure-installed.mjs')], { stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { installs: output.split('Installing the packages').length - 1, code }
}

const installed = () => JSON.parse(readFileSync(join(root, 'node_modules/part/package.json'), 'utf8')) as unknown

it('installs into a bare clone, and does nothing the second time', async () => {
  expect(await run()).toEqual({ installs: 1, code: 0 })
  expect(installed()).toMatchObject({ version: '1.0.0' })
  expect(await run()).toEqual({ installs: 0, code: 0 })
})

it('installs again when the lock file names another version', async () => {
  await run()
  writeProject('2.0.0')
  expect(await run()).toEqual({ installs: 1, code: 0 })
  expect(await run()).toEqual({ installs: 0, code: 0 })
})

it('lets one of two runs install while the other waits', async () => {
  const runs = await Promise.all([run(), run()])
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  expect(runs.reduce((sum, { installs }) => sum + installs, 0)).toBe(1)
  expect(existsSync(join(root, '.cache/install.lock'))).toBe(false)
})

it('takes over the lock of a run that died', async () => {
  const dead = spawn(process.execPath, ['--version'])
  await new Promise((resolve) => dead.on('close', resolve))
  mkdirSync(join(root, '.cache'))
  writeFileSync(join(root, '.cache/install.lock'), String(dead.pid))
  expect(await run()).toEqual({ installs: 1, code: 0 })
})

it('fails when npm fails', async () => {
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/none': { version: '1' } } }),
  )
  expect(await run()).toEqual({ installs: 1, code: 1 })
})
