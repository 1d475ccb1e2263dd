/** Features of the published reference's checkpoints, on every runtime in Node. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DreamLIP, type RuntimeOptions } from '../src/index'
import { modelDifferences } from './golden-model'
import type { Golden } from './models/golden'
import { canRun } from './skipping'
import { softwareVulkan } from './software-vulkan'

const runtimes: readonly RuntimeOptions[] = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'compiled', optimize: 'throughput' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
]

describe.each(runtimes)('on %j', (options) => {
  it.each(['mini', 'mini-quickgelu'])('gives the features of %s to 1e-5', async (name) => {
    const golden = JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Golden
    const model = await DreamLIP.load(`test/fixtures/models/${name}.pt`, {
      ...options,
      config: golden.config,
    })
    const differences = await modelDifferences(model, golden)
    model.dispose()
    expect(Object.keys(differences)).toHaveLength(5)
    for (const [output, difference] of Object.entries(differences)) expect(difference, output).toBeLessThan(1e-5)
  })
})

const onWebgpu = 'on WebGPU, driven by software, in a process of its own'
const hasVulkan = canRun(
  softwareVulkan !== undefined,
  `golden features ${onWebgpu}`,
  'no Vulkan driver is beside Chromium',
)
describe.runIf(hasVulkan)(onWebgpu, () => {
  it.each(['mini', 'mini-quickgelu'])('gives the features of %s to 1e-5', (name) => {
    const args = ['--import', 'tsx', 'test/golden-process.ts', name, JSON.stringify({ device: 'webgpu' })]
    const output = execFileSync(process.execPath, args, { env: softwareVulkan, encoding: 'utf8' })
    const differences = JSON.parse(output) as Record<string, number>
    expect(Object.keys(differences)).toHaveLength(5)
    for (const [output, difference] of Object.entries(differences)) expect(difference, output).toBeLessThan(1e-5)
  })
})
