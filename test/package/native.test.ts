/** TensorFlow's C library under the packed package, in a project with @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peerDependencies } from '../../package.json'
import { canRun } from '../skipping'
import { installPacked, npm, type PackedProject } from './packed-project'

const version = peerDependencies['@tensorflow/tfjs-core']
const checkpoint = resolve('examples/golden/golden.pt')
const eagerCpu = { device: 'cpu', runtime: 'eager' }

let project: PackedProject
beforeAll(() => {
  project = installPacked()
}, 300_000)
afterAll(() => project?.remove())

/** The output of a script of the project. */
function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): unknown {
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '2' }
  const options = { cwd: project.folder, stdio: 'pipe', env: { ...process.env, ...quiet, ...env } } as const
  return JSON.parse(execFileSync(process.execPath, [script, ...args], { ...options, encoding: 'utf8' }))
}

function device(options: object, fault?: string): unknown {
  return run('device.mjs', [checkpoint, JSON.stringify(options)], fault ? { STAND_IN_FAULT: fault } : {})
}

const expectGoldenFeatures = (script: string) => {
  const output = run(script, [resolve('examples'), JSON.stringify([eagerCpu])]) as {
    backends: object
    differences: { cpu: number[] }
  }
  expect(output.backends).toEqual({ cpu: '@tensorflow/tfjs-node' })
  expect(output.differences.cpu).not.toHaveLength(0)
  for (const difference of output.differences.cpu) expect(difference).toBeLessThan(1e-5)
}

it('is not needed', () => {
  expect(device(eagerCpu)).toMatchObject({
    backend: '@tensorflow/tfjs-backend-cpu',
    reason: expect.stringContaining('; tried before: @tensorflow/tfjs-node (not installed)'),
  })
  expect(device({ device: 'cuda' })).toMatchObject({
    code: 'DEVICE_UNAVAILABLE',
    message: expect.stringMatching(
      /@tensorflow\/tfjs-node-gpu \(not installed\)\. To fix this: .*; npm install @tensorflow\/tfjs-node-gpu@4\.22\.0 \(Node 22 or older, CUDA 11\)/,
    ),
  })
})

describe('with a stand-in for it', () => {
  const install = (name: string, version: string) => {
    const folder = join(project.folder, 'node_modules', name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, main: 'index.cjs' }))
    cpSync('test/package/tfjs-node-stand-in.cjs', join(folder, 'index.cjs'))
  }
  const remove = (name: string) => rmSync(join(project.folder, 'node_modules', name), { recursive: true, force: true })
  beforeAll(() => install('@tensorflow/tfjs-node', version))
  afterAll(() => remove('@tensorflow/tfjs-node'))

  it("gives PyTorch's embeddings from CommonJS", () => expectGoldenFeatures('commonjs.cjs'))

  it('is chosen before WASM and after ONNX Runtime, and leaves the active backend active', () => {
    expect(device({ runtime: 'eager' })).toEqual({
      name: 'cpu',
      runtime: 'eager',
      backend: '@tensorflow/tfjs-node',
      reason:
        "runtime 'eager' was requested, and @tensorflow/tfjs-node provides it; tried before: @tensorflow/tfjs-node-gpu (not installed)",
      activeBackend: 'cpu',
    })
    expect(device({})).toMatchObject({ backend: 'onnxruntime-node' })
  })

  it.each([
    ['does not load', 'import', /tfjs-node \(installed, but cannot be loaded: The native addon cannot be found\.\)$/],
    [
      'has kernels that this Node cannot run',
      'kernels',
      /tfjs-node \(does not compute on Node \d+.*: .*isNullOrUndefined/,
    ],
    [
      'is the one for GPUs',
      'gpu',
      /tfjs-node \(the package for GPUs is already loaded, and only one of the two can be\)$/,
    ],
  ])('is skipped if it %s', (_, fault, reason) => {
    expect(device(eagerCpu, fault)).toEqual({
      name: 'cpu',
      runtime: 'eager',
      backend: '@tensorflow/tfjs-backend-cpu',
      reason: expect.stringMatching(reason),
      activeBackend: 'cpu',
    })
  })

  it('is skipped without being loaded if it belongs to another TensorFlow.js', () => {
    install('@tensorflow/tfjs-node', '4.17.0')
    expect(device(eagerCpu, 'import')).toMatchObject({
      backend: '@tensorflow/tfjs-backend-cpu',
      reason: expect.stringContaining(
        '@tensorflow/tfjs-node (version 4.17.0 is installed, but version 4.22.0 is needed)',
      ),
    })
    install('@tensorflow/tfjs-node', version)
  })

  it('is CUDA if it is the package for GPUs and uses one', () => {
    const name = '@tensorflow/tfjs-node-gpu'
    install(name, version)
    expect(device({ device: 'cuda' }, 'gpu')).toMatchObject({ name: 'cuda', backend: name })
    expect(device({ device: 'cuda' })).toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringContaining(`${name} (its CUDA libraries find no usable GPU)`),
    })
    remove(name)
  })
})

const built = process.env.TFJS_NODE
const isBuilt = canRun(
  Boolean(built),
  'tests on the real tfjs-node',
  'TFJS_NODE does not name a build of it; scripts/build-tfjs-node.sh makes one',
)

describe.runIf(isBuilt)('with the real one', () => {
  beforeAll(() => {
    const name = '@tensorflow/tfjs-node'
    npm(
      ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', `${name}@${version}`],
      project.folder,
    )
    for (const part of ['lib', 'deps']) {
      symlinkSync(join(built!, part), join(project.folder, 'node_modules', name, part))
    }
  }, 300_000)

  it.each(['esm.mjs', 'commonjs.cjs'])("gives PyTorch's embeddings from %s", expectGoldenFeatures)

  it("gives the compiled runtime's gradients of a contrastive loss in all parameters", () => {
    const differences = run('gradients.mjs', []) as Record<string, number>
    expect(Object.keys(differences).length).toBeGreaterThan(50)
    for (const [name, difference] of Object.entries(differences)) expect(difference, name).toBeLessThan(1e-5)
  })

  it("takes the compiled runtime's training steps", () => {
    const { steps, losses, weights } = run('train.mjs', []) as Record<'steps' | 'losses' | 'weights', number>
    expect(steps).toBe(4)
    expect(losses).toBeLessThan(1e-5)
    expect(weights).toBeLessThan(1e-4)
  })
})
