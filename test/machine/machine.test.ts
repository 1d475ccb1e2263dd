/** The facts about a machine in a bug report, and the facts that it omits. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { devDependencies, version } from '../../package.json'
import { describeMachine } from '../../src/index.node.ts'
import { describeEnvironment, describeProxy } from '../../src/machine/environment.node.ts'
import { describeProcessor } from '../../src/machine/processor.node.ts'

describe('describeMachine', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('names versions, processor, memory, devices, packages and formats', async () => {
    const machine = await describeMachine()
    expect(machine).toMatchObject({
      dreamlip: version,
      host: `Node ${process.versions.node}`,
      processor: { threads: availableParallelism() },
      memory: { total: totalmem() },
      images: { formats: expect.arrayContaining(['jpeg', 'png', 'webp']) },
    })
    expect(machine.system).toContain(process.arch)
    expect(machine.packages[0]).toEqual({
      name: '@tensorflow/tfjs-core',
      version: devDependencies['@tensorflow/tfjs-core'],
    })
    // Neither of them exports its package.json.
    for (const name of ['sharp', 'onnxruntime-web']) {
      expect(machine.packages).toContainEqual({ name, version: expect.stringMatching(/^\d+\.\d+/) })
    }
    expect(machine.devices.at(-1)).toEqual({ name: 'cpu', runtime: 'eager', backend: '@tensorflow/tfjs-backend-cpu' })
  })

  it('counts the files of the cache folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-cache-'))
    vi.stubEnv('DREAMLIP_CACHE', folder)
    mkdirSync(join(folder, 'inner'))
    writeFileSync(join(folder, 'a'), 'four')
    writeFileSync(join(folder, 'inner', 'b'), 'six...')
    expect((await describeMachine()).cache).toEqual({ folder, files: 2, bytes: 10 })
    rmSync(folder, { recursive: true })
    expect((await describeMachine()).cache).toEqual({ folder, files: 0, bytes: 0 })
  })
})

it.runIf(process.platform === 'linux' && process.arch === 'x64')('lists the instruction sets of the processor', () => {
  expect(describeProcessor().instructions).toContain('sse4_2')
  expect(describeProcessor().instructions).not.toContain('fpu')
})

describe('describeEnvironment', () => {
  it('shows what counts, without tokens and passwords', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/me',
      AWS_SECRET_ACCESS_KEY: 'x',
      DREAMLIP_CACHE: '/cache',
      DREAMLIP_TOKEN: 'secret',
      HF_TOKEN: 'hf_abc',
      DREAMLIP_MODEL: 'https://me:pw@example.org/a.pt?key=abc',
      ALL_PROXY: 'socks5://me:pa/ss@proxy.example',
      https_proxy: 'http://me:pass@word@proxy.example:8080',
      HTTP_PROXY: 'me:password@proxy.example:8080',
      NODE_OPTIONS: '--max-old-space-size=8000',
    }
    const shown = describeEnvironment(env)
    expect(shown).toEqual({
      ALL_PROXY: 'socks5://(set, not shown)@proxy.example',
      DREAMLIP_CACHE: '/cache',
      DREAMLIP_MODEL: 'https://(set, not shown)@example.org/a.pt?(set, not shown)',
      DREAMLIP_TOKEN: '(set, not shown)',
      HF_TOKEN: '(set, not shown)',
      HTTP_PROXY: '(set, not shown)@proxy.example:8080',
      NODE_OPTIONS: '--max-old-space-size=8000',
      https_proxy: 'http://(set, not shown)@proxy.example:8080',
    })
  })
})

describe('describeProxy', () => {
  const node = Number(process.versions.node.split('.')[0])

  it('says that none is set', () =>
    expect(describeProxy({ NO_PROXY: '*' }, [])).toEqual({ variables: [], used: false }))

  it('says that Node does not use it unless it is asked to', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example', http_proxy: '' }
    expect(describeProxy(env, [])).toEqual({ variables: ['HTTPS_PROXY'], used: false })
    expect(describeProxy({ ...env, NODE_USE_ENV_PROXY: '1' }, []).used).toBe(node >= 24)
    expect(describeProxy(env, ['--use-env-proxy']).used).toBe(node >= 24)
  })
})
