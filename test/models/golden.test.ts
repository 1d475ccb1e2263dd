/** Features of the published reference's checkpoints, on every backend that runs in Node. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { toFloat32 } from '../../src/checkpoint/dtype'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import { onEachBackend } from '../ops/backends'
import { goldenDifferences, type Golden } from './golden'

onEachBackend(() => {
  it.each(['mini', 'mini-quickgelu'])('gives the features of %s to 1e-5', async (name) => {
    const golden = JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Golden
    const checkpoint = await readCheckpoint(`test/fixtures/models/${name}.pt`)
    const weights = new Map<string, { data: Float32Array; shape: readonly number[] }>()
    for (const [key, tensor] of checkpoint.tensors) {
      weights.set(key, { data: toFloat32(await tensor.read()), shape: tensor.shape })
    }
    await checkpoint.close()
    const differences = await goldenDifferences(golden, weights)
    expect(Object.keys(differences)).toHaveLength(5)
    for (const [output, difference] of Object.entries(differences)) expect(difference, output).toBeLessThan(1e-5)
  })
})
