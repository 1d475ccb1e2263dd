import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DreamLIP } from '../../../src/dreamlip'
import { saveModel } from '../../../src/inference/model-files/save-model'
import type { HostTensor } from '../../../src/checkpoint/tensor'

it.each(['model.safetensors', 'model.pt'])(
  'leaves no file behind when it is aborted while it writes %s',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-save-'))
    const { config } = await DreamLIP.load()
    const stop = new AbortController()
    const weight = (read: () => void): HostTensor => ({
      shape: [2],
      dtype: 'float32',
      get data() {
        read()
        return new Float32Array(2)
      },
    })
    const parameters = new Map([
      ['a', weight(() => stop.abort(new Error('enough')))],
      ['b', weight(() => undefined)],
    ])
    const denseUse = { attention: 'standard', trainedWithGrouping: false } as never
    await expect(saveModel(join(folder, name), { config, parameters, denseUse }, stop.signal)).rejects.toThrow('enough')
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true })
  },
)

it('stores the preprocessing: a saved model embeds an image file like the original', async () => {
  const ways = { resizeMode: 'squash', interpolation: 'lanczos' } as const
  const preprocessing = { mean: [0.5, 0.4, 0.3], std: [0.3, 0.2, 0.1], ...ways }
  const model = await DreamLIP.load(undefined, { preprocessing })
  const again = await DreamLIP.load(await model.toBlob())
  expect(again.preprocessing).toEqual(preprocessing)
  expect(await again.encodeImage('examples/photos/coffee.png')).toEqual(
    await model.encodeImage('examples/photos/coffee.png'),
  )
  for (const each of [model, again]) each.dispose()
})
