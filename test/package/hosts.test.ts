/** The packed package under Jest and node:test, and without the optional packages. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Machine } from '../../src/index.node.ts'
import { installPacked, npm, type PackedProject } from './packed-project'

const photo = resolve('examples/photos/rocket.jpg')

let project: PackedProject
beforeAll(() => {
  project = installPacked()
}, 300_000)
afterAll(() => project?.remove())

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: project.folder, encoding: 'utf8', timeout: 120_000 } as const
  // Otherwise, Jest would use Vitest's NODE_ENV.
  return spawnSync(process.execPath, args, { ...options, env: { ...process.env, NODE_ENV: undefined, ...env } })
}

describe('if a package is missing or broken', () => {
  const onnxRuntime = 'onnxruntime-node'
  const load = (options: object) => run(['device-twice.mjs', JSON.stringify(options)])
  const warnings = (stderr: string) => stderr.split('\n').filter((line) => line.includes('DreamLIPWarning'))

  /** Removes a package, or replaces it by one that throws, while `work` runs. */
  function without<T>(name: string, fault: string | undefined, work: () => T): T {
    const folder = join(project.folder, 'node_modules', name)
    renameSync(folder, `${folder}-away`)
    try {
      if (fault) {
        mkdirSync(folder)
        writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
        writeFileSync(join(folder, 'index.js'), `throw new Error(${JSON.stringify(fault)})`)
      }
      return work()
    } finally {
      rmSync(folder, { recursive: true, force: true })
      renameSync(`${folder}-away`, folder)
    }
  }

  it('says once what models run on without onnxruntime-node, and how to install it', () => {
    const { stdout, stderr } = without(onnxRuntime, undefined, () => load({}))
    expect(JSON.parse(stdout)).toEqual(Array(2).fill('@tensorflow/tfjs-backend-wasm'))
    expect(warnings(stderr)).toEqual([
      expect.stringMatching(
        /onnxruntime-node cannot be used \(not installed\): .* at least 10 times slower .*: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node$/,
      ),
    ])
  })

  it('distinguishes an onnxruntime-node that cannot be loaded from one that is not installed', () => {
    const { stderr } = without(onnxRuntime, 'libfoo.so: cannot open\nmore', () => load({}))
    expect(warnings(stderr)).toEqual([
      expect.stringContaining('(installed, but cannot be loaded: libfoo.so: cannot open)'),
    ])
  })

  it.each([{ device: 'wasm' }, { runtime: 'eager' }])('says nothing if the caller requested %o', (options) => {
    const { stderr } = without(onnxRuntime, undefined, () => load(options))
    expect(warnings(stderr)).toEqual([])
  })

  it('says nothing if everything is installed', () => expect(warnings(load({}).stderr)).toEqual([]))

  it('says it in `dreamlip check`', () => {
    const cli = ['node_modules/dreamlip/dist/cli.js', 'check', '--json']
    const { stdout, stderr } = without(onnxRuntime, undefined, () => run(cli))
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      device: { reason: expect.stringContaining('onnxruntime-node (not installed)') },
    })
    expect(warnings(stderr)).toHaveLength(1)
  })

  const describeMachine = () => {
    const { stdout } = run(['node_modules/dreamlip/dist/cli.js', 'check', '--json'])
    return JSON.parse(stdout) as { ok: boolean; machine: Machine }
  }
  const packageOf = ({ machine }: { machine: Machine }, wanted: string) =>
    machine.packages.find(({ name }) => name === wanted)

  it.each([
    [undefined, { problem: 'not installed' }],
    [
      'libfoo.so: cannot open',
      { version: '1.0.0', problem: 'installed, but cannot be loaded: libfoo.so: cannot open' },
    ],
  ])('describes the machine, with the cost of what is missing and its remedy (%s)', (fault, expected) => {
    const onnx = without(onnxRuntime, fault, describeMachine)
    expect(packageOf(onnx, onnxRuntime)).toEqual({
      name: onnxRuntime,
      cost: 'models run on WASM, at least 10 times slower',
      remedy: 'npm ls onnxruntime-node; ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
      ...expected,
    })
    expect(onnx.ok).toBe(true)
    const sharp = without('sharp', fault, describeMachine)
    expect(packageOf(sharp, 'sharp')).toMatchObject({ ...expected, cost: 'image files cannot be decoded' })
    expect(sharp.machine.images).toBeUndefined()
    expect(sharp.ok).toBe(true)
  })

  it.each([
    [undefined, 'Decoding images needs sharp, which is not installed. Run: npm install sharp'],
    [
      'no libvips',
      'Decoding images needs sharp, which is installed, but cannot be loaded: no libvips. Run: npm install sharp',
    ],
  ])('names sharp and its problem (%s)', (fault, message) => {
    const { stderr } = without('sharp', fault, () => run(['embedded.mjs', photo, 'a rocket']))
    expect(stderr).toContain(message)
  })
})

it('runs under node:test', () => {
  const { status, stdout } = run(['--test', 'main-path.node-test.mjs'], { EXAMPLES: resolve('examples') })
  expect(status, stdout).toBe(0)
})

describe('under Jest', () => {
  beforeAll(() => {
    npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', 'jest@30'], project.folder)
    const config = { testMatch: ['**/*.jest.?js'], moduleFileExtensions: ['js', 'mjs', 'cjs', 'json', 'node'], transform: {} } // prettier-ignore
    writeFileSync(join(project.folder, 'jest.config.json'), JSON.stringify(config))
  }, 300_000)

  it.each([
    ['CommonJS', 'main-path.jest.cjs', ''],
    ['ES modules', 'main-path.jest.mjs', '--experimental-vm-modules'],
  ])('runs the main functions on ONNX Runtime and on WASM, in %s', (_, script, flags) => {
    const env = { EXAMPLES: resolve('examples'), NODE_OPTIONS: flags }
    const { status, stderr } = run(['node_modules/jest/bin/jest.js', script], env)
    expect(status, stderr).toBe(0)
    expect(stderr).not.toContain('DreamLIPWarning')
  })
})
