/** The script that makes `npm test` work from a bare clone, run in a small separate project. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { leftOut } from '../../scripts/ensure-installed.mjs'

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

/** The project depends on a package in its own folder, so that no registry is needed. */
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

const readLock = () =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, object> }

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

describe('an optional package that npm silently leaves out, because its install script fails,', () => {
  /** Packs a package into the project whose install script runs `script`, and makes it optional. */
  const addOptional = (script: string) => {
    mkdirSync(join(root, 'extra'))
    writeFileSync(join(root, 'extra/install.cjs'), script)
    const entry = { version: '1.0.0', scripts: { install: 'node install.cjs' } }
    writeFileSync(join(root, 'extra/package.json'), JSON.stringify({ name: 'extra', ...entry }))
    execFileSync('npm', ['pack', './extra', '--silent'], { cwd: root, shell: process.platform === 'win32' })
    const lock = readLock()
    const optionalDependencies = { extra: 'file:extra-1.0.0.tgz' }
    lock.packages[''] = { ...lock.packages[''], optionalDependencies }
    lock.packages['node_modules/extra'] = {
      version: '1.0.0',
      resolved: optionalDependencies.extra,
      hasInstallScript: true,
      optional: true,
    }
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock))
    writeFileSync(join(root, 'package.json'), JSON.stringify(lock.packages['']))
  }
  const isThere = () => existsSync(join(root, 'node_modules/extra'))

  it('is installed again with the variable that onnxruntime-node needs', async () => {
    addOptional("process.exitCode = process.env.ONNXRUNTIME_NODE_INSTALL === 'skip' ? 0 : 1")
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: undefined } // a machine without network may set it
    execFileSync('npm', ['ci', '--silent'], { cwd: root, env, shell: process.platform === 'win32' })
    expect(isThere()).toBe(false)
    expect(await run()).toEqual({ installs: 1, code: 0 })
    expect(isThere()).toBe(true)
    expect(await run()).toEqual({ installs: 0, code: 0 })
  })

  it('is given up after one try if nothing helps', async () => {
    addOptional('process.exitCode = 1')
    expect(await run()).toEqual({ installs: 1, code: 0 })
    expect(isThere()).toBe(false)
    expect(await run()).toEqual({ installs: 0, code: 0 })
  })
})

it.each([
  ['another system', { os: ['none'] }],
  ['another processor', { cpu: ['none'] }],
])('does not count an optional package for %s as missing', (_, limits) => {
  const wanted = {
    packages: { '': { optionalDependencies: { extra: '1' } }, 'node_modules/extra': { optional: true, ...limits } },
  }
  expect(leftOut(wanted, { packages: {} })).toEqual([])
  expect(
    leftOut({ packages: { ...wanted.packages, 'node_modules/extra': { optional: true } } }, { packages: {} }),
  ).toEqual(['node_modules/extra'])
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
